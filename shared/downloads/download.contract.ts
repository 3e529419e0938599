import { z } from "zod";
import { activity, step } from "../platform/activity.contract.ts";
import { id } from "../platform/ids.ts";

export const downloadFormat = z.enum(["eml", "pdf", "csv"]);
export type DownloadFormat = z.infer<typeof downloadFormat>;

const dayOrInstant = z.union(
  [z.iso.date(), z.iso.datetime({ offset: true })],
  "must be a date such as 2026-01-31, or a time such as 2026-01-31T08:00:00Z",
);
const boundary = dayOrInstant.meta({
  description: "A day of timeZone (`to` included) or an instant (`to` excluded), from 2000-01-01 to 2099-12-31 (UTC)",
});

/** Graph's ids of chats: `19:…@thread.v2`, `19:…@unq.gbl.spaces`, `48:notes`. */
const graphChatId = z.string().regex(/^\d{1,3}:[!-~]{1,500}$/, "is not an id");

/** What is asked for. `from` and `to`: a date (a whole local day in `timeZone`, `to` included) or an instant (`to` excluded);
 * without both, today and the 89 days before. */
export const downloadBody = z
  .strictObject({
    accountIds: z.array(id).min(1).max(500),
    chatId: z.union([id, graphChatId], "is no id of a chat").optional().meta({
      description:
        "A chat of the account, which must be one, by Graph's id (`chatId` in the files of downloads) or by the vault's, which answers tell; 404 where it has no such chat",
    }),
    format: downloadFormat,
    attachments: z.boolean(),
    systemEvents: z.boolean().default(true),
    from: boundary.optional(),
    to: boundary.optional(),
    timeZone: z.string().min(1).max(64).default("UTC"),
    asOf: dayOrInstant.optional().meta({
      description: "Each message as it was at that instant, or at the end of that day of timeZone",
    }),
  })
  .refine(({ chatId, accountIds }) => chatId === undefined || new Set(accountIds).size === 1, {
    path: ["chatId"],
    error: "needs exactly one account",
  });
export type DownloadBody = z.output<typeof downloadBody>;

export const downloadStatus = z.enum(["Queued", "Planning", "Generating", "Ready", "Partial", "Failed", "Expired"]);
export type DownloadStatus = z.infer<typeof downloadStatus>;

const reasons = z.array(z.object({ code: z.string(), count: z.number().int(), text: z.string(), remedy: z.string() }));

const done = { done: z.number().int(), total: z.number().int() };

/** A download as the API shows it. */
export const downloadResource = z.object({
  id,
  status: downloadStatus,
  progress: z.object({ ...done, percent: z.number().int(), messages: z.object(done), bytes: z.object(done) }),
  accountIds: z.array(id),
  chatId: id.nullable().meta({ description: "The vault's id of the chat" }),
  format: downloadFormat,
  attachments: z.boolean(),
  systemEvents: z.boolean(),
  from: z.string(),
  to: z.string(),
  timeZone: z.string(),
  asOf: z.string().nullable(),
  windows: z.array(z.object({ from: z.string(), to: z.string() })),
  parts: z.array(
    z.object({
      name: z.string(),
      accountId: id,
      number: z.number().int(),
      of: z.number().int(),
      from: z.string(),
      to: z.string(),
      bytes: z.number().int(),
      sha256: z.string(),
    }),
  ),
  messages: z.number().int(),
  note: z.string().nullable().meta({ description: "Said of a finished download that tells of no message" }),
  attachmentCount: z.number().int(),
  missing: reasons,
  requestedAt: z.string(),
  finishedAt: z.string().nullable(),
  expiresAt: z.string().nullable(),
});
export type DownloadResource = z.output<typeof downloadResource>;

export const linksBody = z.strictObject({ parts: z.array(z.string().min(1).max(1_000)).max(10_000).optional() });
export const linksResource = z.object({
  links: z.array(z.object({ part: z.string(), url: z.string(), expiresAt: z.string() })),
});

/* Everything below stands in durable histories: ids, counts and codes, nothing else. */

const download = z.object({ organizationId: id, downloadId: id });
const set = download.extend({ set: z.number().int().nonnegative() });
const nothing = z.object({});

/** How many zips could not be made, by the code of each; a file set that is not laid out counts as one. As many as there are codes. */
const failures = z.array(z.object({ code: z.string(), count: z.number().int().positive() })).default([]);

/** `next`: the file set with which this generation of the orchestrator begins. `failures`: of those before. `codes`: why zips failed
 * that nobody counted. */
export const buildDownloadInput = download.extend({
  next: z.number().int().nonnegative().default(0),
  codes: z.array(z.string()).max(20).default([]),
  failures,
});

export const BUILD_DOWNLOAD = "buildDownload";
/** One orchestration per download: the instance id is the lock. */
export const downloadInstance = (downloadId: string): string => `download:${downloadId}`;

export const planDownload = activity({
  name: "planDownload",
  input: download.extend({ next: z.number().int().nonnegative() }),
  output: step(z.object({ sets: z.array(z.number().int().nonnegative()) })),
});
export const renderDownloadSet = activity({
  name: "renderDownloadSet",
  input: set,
  output: step(z.object({ parts: z.number().int().nonnegative() })),
});
/** `isWritten` is false when what the set was rendered to is lost, or does not tell of contents that are: render it again, then
 * write. */
export const writeDownloadPart = activity({
  name: "writeDownloadPart",
  input: set.extend({ part: z.number().int().positive() }),
  output: step(z.object({ isWritten: z.boolean().default(true) })),
});
export const closeDownload = activity({
  name: "closeDownload",
  input: download.extend({ codes: z.array(z.string()), failures }),
  output: step(nothing),
});
