import { createHash } from "node:crypto";
import { fileSha256 } from "../content/file-bytes.ts";
import { hostedBytes } from "../content/hosted-content.ts";
import { hostedIdsIn } from "../graph/hosted-contents.ts";
import type { ChatBook } from "../tenant/chat-book.ts";
import type { Attachment, ChatMessage } from "../tenant/chat-message.ts";
import { bytesSeed } from "../tenant/files.ts";
import type { Tenant } from "../tenant/tenant.ts";

/** One thing that a message points to and a backup should hold. */
export interface ContentRecord {
  readonly chatId: string;
  readonly messageId: string;
  readonly kind: "hosted" | "file";
  /** The hosted content's id, or the attachment's contentUrl. */
  readonly reference: string;
  /** The attachment's name; null for hosted contents. */
  readonly name: string | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly available: boolean;
  /** Why it cannot be had: "forbidden", "foreign-tenant", "gone". */
  readonly reason: string | null;
}

/** Hashes of files are remembered: several chats share a file. */
const fileHashes = new Map<string, string>();

export function contentsOf(tenant: Tenant, book: ChatBook, message: ChatMessage, json: string): ContentRecord[] {
  const key = { chatId: book.plan.id, messageId: message.id };
  const foreign = book.plan.tenantId !== tenant.directory.tenantId;
  const hosted = hostedIdsIn(json).map((id) => ({ ...key, ...hostedRecord(id, foreign) }));
  const files = message.attachments.filter((a) => a.contentType === "reference" && a.contentUrl !== null);
  return [...hosted, ...files.map((a) => ({ ...key, ...fileRecord(tenant, a) }))];
}

type Found = Omit<ContentRecord, "chatId" | "messageId">;

function hostedRecord(id: string, foreign: boolean): Found {
  const base = { kind: "hosted", reference: id, name: null } as const;
  const content = hostedBytes(id);
  if (foreign) return { ...base, bytes: null, sha256: null, available: false, reason: "foreign-tenant" };
  if (content === null) return { ...base, bytes: null, sha256: null, available: false, reason: "gone" };
  if (content === "denied") return { ...base, bytes: null, sha256: null, available: false, reason: "forbidden" };
  const sha256 = createHash("sha256").update(content.bytes).digest("hex");
  return { ...base, bytes: content.bytes.length, sha256, available: true, reason: null };
}

function fileRecord(tenant: Tenant, { contentUrl, name }: Attachment): Found {
  const file = tenant.fileAt(contentUrl ?? "");
  const base = { kind: "file", reference: contentUrl ?? "", name } as const;
  if (file === undefined || file.state !== "available") {
    const reason = file === undefined ? "gone" : file.state === "foreign" ? "foreign-tenant" : file.state;
    return { ...base, bytes: null, sha256: null, available: false, reason };
  }
  const seed = bytesSeed(file);
  const sha256 = fileHashes.get(seed) ?? fileSha256(seed, file.bytes);
  fileHashes.set(seed, sha256);
  return { ...base, bytes: file.bytes, sha256, available: true, reason: null };
}
