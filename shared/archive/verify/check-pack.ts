import { parseMessage } from "../../chats/message.ts";
import { referencesOf } from "../../chats/references.ts";
import { isAppError } from "../../platform/errors.ts";
import { forEachParallel } from "../../platform/for-each-parallel.ts";
import { isPackListed, readPack } from "../archive-reader.ts";
import type { ArchiveOf, ArchiveStore, PackRow } from "../archive-store.ts";
import { packName } from "../blob-names.ts";
import type { ContentStore } from "../content-store.ts";
import { isMonthPast, type VisibleFrom } from "../retention.ts";
import { compareVersions, type MessageVersion, monthOf } from "../version.ts";
import type { Report } from "./check-chain.ts";

export interface CheckPackDeps {
  readonly archive: ArchiveStore;
  readonly contents: ContentStore;
  readonly visibleFrom: VisibleFrom;
  /** Whether its erasure is decided and has not ended: content rows and packs, windows and sums then go one after the other. */
  readonly isBeingErased: (of: ArchiveOf) => Promise<boolean>;
}

const LOOKUPS = 16;

/** Whether the file of a pack is there with its size, and, if its bytes are to be read, whether they are what its name and its
 * row say: hash, order, month, number of versions, and a row for everything that a message points to, unless the month is past
 * retention or the account is being erased: those rows go before the packs. A pack whose row went meanwhile is nobody's problem.
 * Answers how many versions were read. */
export async function checkPack(
  deps: CheckPackDeps,
  of: ArchiveOf,
  row: PackRow,
  reads: boolean,
  report: Report,
): Promise<number> {
  const path = packName(of, row);
  const size = await deps.archive.packSize(of, row);
  const fail = async (code: string, detail: string) => {
    if (await isPackListed(deps.archive, of, row)) await report({ code, path, detail });
  };
  if (size === undefined) await fail("pack.missing", "The file is not there");
  else if (size !== row.bytes) await fail("pack.size_differs", `The file has ${size} bytes, its row says ${row.bytes}`);
  if (!reads || size === undefined) return 0;
  try {
    return await readAll(deps, of, row, fail);
  } catch (error) {
    if (!isAppError(error, "archive.damaged")) throw error;
    await fail("pack.damaged", "The bytes are not those of its name");
    return 0;
  }
}

type Fail = (code: string, detail: string) => Promise<void>;
interface Pointing {
  readonly chatId: string;
  readonly messageId: string;
  readonly keys: readonly string[];
}

async function readAll(deps: CheckPackDeps, of: ArchiveOf, row: PackRow, fail: Fail): Promise<number> {
  let [versions, isOrdered, isInMonth] = [0, true, true];
  let before: MessageVersion | undefined;
  const isPast = isMonthPast(row.month, await deps.visibleFrom(of));
  async function* pointing(): AsyncGenerator<Pointing> {
    for await (const version of readPack(deps.archive, of, row)) {
      versions += 1;
      isOrdered &&= before === undefined || compareVersions(before, version) < 0;
      isInMonth &&= monthOf(version.createdAt) === row.month;
      before = version;
      if (isPast) continue;
      const keys = referencesOf(parseMessage(version.raw)).map(({ key }) => key);
      if (keys.length > 0) yield { chatId: version.chatId, messageId: version.id, keys };
    }
  }
  let missing = 0;
  await forEachParallel(pointing(), LOOKUPS, async ({ chatId, messageId, keys }) => {
    const records = await deps.contents.ofMessage(of.organizationId, chatId, messageId);
    const known = new Set(records.map(({ reference }) => reference.key));
    missing += keys.filter((key) => !known.has(key)).length;
  });
  if (!isOrdered) await fail("pack.unordered", "Its versions are not in their order");
  if (!isInMonth) await fail("pack.wrong_month", "It holds messages of another month");
  if (versions !== row.versions)
    await fail("pack.count_differs", `It holds ${versions} versions, its row says ${row.versions}`);
  if (missing > 0 && !(await deps.isBeingErased(of)))
    await fail("content.row_missing", `Its messages point to ${missing} contents that no row tells of`);
  return versions;
}
