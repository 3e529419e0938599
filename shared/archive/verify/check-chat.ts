import { createHash } from "node:crypto";
import { isAppError } from "../../platform/errors.ts";
import { contentName } from "../blob-names.ts";
import type { ContentRecord, ContentStore } from "../content-store.ts";
import type { Report } from "./check-chain.ts";
import type { CheckedCounts } from "./verify.contract.ts";
import type { VerifyOf, VerifyStore } from "./verify-store.ts";

export interface CheckChatDeps {
  readonly contents: ContentStore;
  readonly verifications: VerifyStore;
}

type Counts = Pick<CheckedCounts, "contents" | "bytes">;

/** Whether each content that a chat's rows call stored is there with its size, and its bytes with their hash where they are to be
 * read: once in a verification, however many messages name it, unless the row that it was looked at for is gone by then. */
export async function checkChat(
  { contents, verifications }: CheckChatDeps,
  of: VerifyOf,
  chatKey: string,
  reads: (sha256: string) => boolean,
  report: Report,
): Promise<Counts> {
  let counts: Counts = { contents: 0, bytes: 0 };
  for await (const record of contents.ofChat(of.organizationId, chatKey)) {
    if (record.state !== "stored") continue;
    const path = contentName(record.sha256 ?? "");
    if (record.sha256 === undefined || record.bytes === undefined) {
      await report({ code: "content.row_invalid", path, detail: "A row calls a content stored and does not name it" });
      continue;
    }
    const stored = { ...record, sha256: record.sha256 };
    const known = await verifications.seen(of, stored.sha256);
    const looked = known === undefined ? await look(contents, of, stored, reads(stored.sha256), report) : undefined;
    if (looked) await verifications.see(of, stored.sha256, looked.size);
    if (looked) counts = { contents: counts.contents + 1, bytes: counts.bytes + looked.read };
    const size = known ?? looked?.size ?? MISSING;
    if (size !== MISSING && size !== record.bytes) {
      const detail = `The file has ${size} bytes, a row says ${record.bytes}`;
      await report({ code: "content.size_differs", path, detail });
    }
  }
  return counts;
}

const MISSING = -1;

async function look(
  contents: ContentStore,
  { organizationId }: VerifyOf,
  record: ContentRecord & { readonly sha256: string },
  reads: boolean,
  report: Report,
): Promise<{ size: number; read: number } | undefined> {
  const { sha256 } = record;
  const path = contentName(sha256);
  const size = await contents.size(organizationId, sha256);
  const read = size === undefined || !reads ? undefined : await digest(contents, organizationId, sha256);
  if (size === undefined || (reads && !read)) {
    // Its row may have gone with the account that it belonged to: that says nothing about another row's.
    if (!(await isNamed(contents, organizationId, record))) return undefined;
    await report({ code: "content.missing", path, detail: "A row names the file, and it is not there" });
    return { size: MISSING, read: 0 };
  }
  if (read && read.sha256 !== sha256)
    await report({ code: "content.damaged", path, detail: "The bytes are not those of its name" });
  return { size, read: read?.bytes ?? 0 };
}

async function isNamed(contents: ContentStore, organizationId: string, record: ContentRecord): Promise<boolean> {
  const records = await contents.ofMessage(organizationId, record.chatId, record.messageId);
  return records.some(({ reference, sha256 }) => reference.key === record.reference.key && sha256 === record.sha256);
}

async function digest(contents: ContentStore, organizationId: string, sha256: string) {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of (await contents.open(organizationId, sha256)) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    if (isAppError(error, "storage.not_found")) return undefined;
    throw error;
  }
  return { sha256: hash.digest("hex"), bytes };
}
