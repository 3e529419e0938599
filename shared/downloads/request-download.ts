import { AppError } from "../platform/errors.ts";
import { newId } from "../platform/new-id.ts";
import type { Instant } from "../platform/time.ts";
import type { AccountDirectory } from "./account-directory.ts";
import type { DownloadBody } from "./download.contract.ts";
import type { Download, DownloadStore } from "./download-store.ts";
import { findChat, type FindChatDeps } from "./find-chat.ts";
import { cutWindows, resolveAsOf, resolveRange } from "./range.ts";

export interface RequestDownloadDeps extends FindChatDeps {
  readonly downloads: DownloadStore;
  readonly accounts: AccountDirectory;
  readonly now: () => Instant;
  readonly windowDays: number;
  readonly partBytes: number;
}

/** Accounts times windows that one request may ask for. */
const MOST_SETS = 10_000;

/** Keeps a request whose words make sense, for the orchestration to fulfil. Throws `download.bad_range`,
 * `download.unknown_time_zone` (invalid), `download.too_many_sets` (too_large), `account.not_found` or
 * `download.chat_not_found`. */
export async function requestDownload(
  deps: RequestDownloadDeps,
  organizationId: string,
  requestedBy: string,
  body: DownloadBody,
): Promise<Download> {
  const { accountIds: asked, from, to, asOf, chatId: askedChat, ...rest } = body;
  const now = deps.now();
  const range = resolveRange({ from, to, timeZone: body.timeZone }, now);
  const version = asOf === undefined ? {} : { asOf: resolveAsOf(asOf, body.timeZone) };
  const accountIds = [...new Set(asked)];
  const sets = cutWindows(range, body.timeZone, deps.windowDays).length * accountIds.length;
  if (sets > MOST_SETS)
    throw new AppError("too_large", "download.too_many_sets", "Ask for fewer accounts or days at once");
  for (const accountId of accountIds) {
    if (await deps.accounts.find(organizationId, accountId)) continue;
    throw new AppError("not_found", "account.not_found", "There is no such account", { context: { accountId } });
  }
  const [accountId] = accountIds;
  const isOfChat = askedChat !== undefined && accountId !== undefined;
  const chatId = isOfChat ? await findChat(deps, organizationId, accountId, askedChat) : undefined;
  const download: Download = {
    id: newId(now),
    requestedAt: now,
    requestedBy,
    accountIds,
    ...rest,
    ...range,
    ...(chatId === undefined ? {} : { chatId }),
    ...version,
    windowDays: deps.windowDays,
    partBytes: deps.partBytes,
    status: "Queued",
    failures: [],
  };
  // Before: a request that nobody lists and nobody builds would wait for ever.
  await deps.downloads.addOpen({ organizationId, downloadId: download.id, since: now, resumes: 0 });
  await deps.downloads.insert(organizationId, download);
  return download;
}
