import { type ContentRecord, type ContentStore, SMALL_BYTES, type StoredContent } from "../archive/content-store.ts";
import { isAppError } from "../platform/errors.ts";
import type { Logger } from "../platform/logger.ts";
import type { Room } from "../platform/room.ts";
import type { Instant } from "../platform/time.ts";
import { retryAt } from "./content-outcomes.ts";
import { fetchLarge, type FetchLargeDeps } from "./fetch-large.ts";
import { LONGEST_TYPE, openContent } from "./open-content.ts";
import { stopsOrganization } from "./outcome.contract.ts";

export interface FetchContentDeps extends FetchLargeDeps {
  readonly contents: ContentStore;
  /** Bytes of small contents that this process may hold. */
  readonly room: Room;
  readonly log: Logger;
}

/** What became of one content: its record from now on; for a pause, not to be tried before; without a record, the same again. */
export interface Fetched {
  readonly record?: ContentRecord;
  readonly notBefore?: Instant;
}

/** Nothing of 8 MB takes so long that still comes. */
const SMALL_MS = 5 * 60_000;
/** Timers reach no further. */
const LONGEST_LINE_MS = 2 ** 31 - 1;
/** A source that asks for pause after pause, or for a long one, has failed: tomorrow's run asks again, and this one ends. */
const MOST_WAITS = 20;
const LONGEST_WAIT_MS = 3_600_000;

/** Tries one content: small ones whole; large ones as far as they come by the deadline, and only where the record says so, since small
 * ones go first. Whatever happens to one content is an outcome of that content. Throws for what concerns the whole
 * organization (`stopsOrganization`) and for storage. */
export async function fetchContent(
  deps: FetchContentDeps,
  organizationId: string,
  record: ContentRecord,
  deadline: Instant,
): Promise<Fetched> {
  const { retryAt: _, reason: __, tries: ___, waits: ____, large, ...known } = record;
  const line = AbortSignal.timeout(Math.floor(Math.min(Math.max(0, deadline - deps.now()), LONGEST_LINE_MS)));
  try {
    if (large) {
      const stored = await fetchLarge(deps, organizationId, record, deadline);
      return stored ? { record: { ...known, state: "stored", ...stored } } : {};
    }
    const stored = await fetchSmall(deps, organizationId, record, line);
    return { record: stored ? { ...known, state: "stored", ...stored } : { ...record, state: "pending", large: true } };
  } catch (error) {
    if (isAppError(error) && (stopsOrganization(error.code) || error.code.startsWith("storage."))) throw error;
    if (error === line.reason) return {};
    return failed(deps, record, codeOf(error, deps.log), error);
  }
}

/** Undefined when it is a large one. Throws the reason of `line` when that aborts before there was room for it. */
async function fetchSmall(
  { source, contents, room, maxBytes }: FetchContentDeps,
  organizationId: string,
  record: ContentRecord,
  line: AbortSignal,
): Promise<(StoredContent & Pick<ContentRecord, "type" | "sourceVersion">) | undefined> {
  const { body, bytes, type, sourceVersion } = await openContent(source, organizationId, record, undefined, {
    leftMs: SMALL_MS,
  });
  try {
    const mostBytes = Math.min(SMALL_BYTES, maxBytes);
    if ((bytes ?? 0) > mostBytes) return undefined;
    const leave = await room.take(bytes ?? SMALL_BYTES, line);
    const stored = await contents.put(organizationId, body, mostBytes).finally(leave);
    return (
      stored && {
        ...stored,
        ...(type === undefined ? {} : { type: type.slice(0, LONGEST_TYPE) }),
        ...(sourceVersion === undefined ? {} : { sourceVersion }),
      }
    );
  } finally {
    body.destroy();
  }
}

/** A bug that one content brings to light must not keep the others from being fetched. */
function codeOf(error: unknown, log: Logger): string {
  if (isAppError(error)) return error.code;
  log.error("content.threw", error);
  return "content.unexpected";
}

function failed(
  { now, log }: FetchContentDeps,
  { retryAt: _, reason: __, large, ...known }: ContentRecord,
  code: string,
  error: unknown,
): Fetched {
  const notBefore = isAppError(error) ? error.options.notBefore : undefined;
  const waits = (known.waits ?? 0) + 1;
  const kind = large === undefined ? {} : { large };
  if (notBefore !== undefined && waits <= MOST_WAITS && notBefore <= now() + LONGEST_WAIT_MS)
    return { record: { ...known, ...kind, state: "pending", waits }, notBefore };
  log.info("content.failed", { code });
  const tries = (known.tries ?? 0) + 1;
  const due = retryAt(code, tries, now());
  return {
    record: {
      ...known,
      ...kind,
      ...{ state: "failed", reason: code, tries, waits: 0 },
      ...(due === undefined ? {} : { retryAt: Math.max(due, notBefore ?? 0) }),
    },
  };
}
