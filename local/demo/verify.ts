import type { SavedZip } from "./download.ts";
import { type CsvMessage, readZip } from "./read-zip.ts";
import type { DemoAccount } from "./set-up.ts";
import type { Tenant, TenantMessage } from "./tenant.ts";

export interface Verdict {
  readonly messages: number;
  readonly files: number;
  readonly missing: number;
  /** One sentence per difference; none is the only good answer. */
  readonly faults: readonly string[];
}

/** Compares one account's zips with what the tenant holds: every message once and unchanged, every picture and file with its
 * bytes, every one that cannot be had named as missing, and nothing else. */
export async function verifyAccount(tenant: Tenant, account: DemoAccount, zips: readonly SavedZip[]): Promise<Verdict> {
  const faults: string[] = [];
  const messages = new Map<string, CsvMessage>();
  const files = new Set<string>();
  const missing = new Set<string>();
  for (const { file } of zips) {
    const zip = await readZip(file);
    faults.push(...zip.faults.map((fault) => `${file}: ${fault}`));
    for (const row of zip.messages) {
      const key = keyOf(row["chatId"], row["messageId"]);
      if (messages.has(key)) faults.push(`${key} stands in two zips or twice in one`);
      messages.set(key, row);
    }
    for (const { chatId, messageId, sha256 } of zip.manifest.attachments)
      files.add(`${keyOf(chatId, messageId)} ${sha256}`);
    for (const { chatId, messageId } of zip.manifest.missing) missing.add(keyOf(chatId, messageId));
  }
  const counts = { messages: messages.size, files: files.size, missing: missing.size };
  faults.push(...(await compareMessages(tenant.messages(account.graphId), messages)));
  faults.push(...(await compareContents(tenant, account.graphId, files, missing)));
  return { ...counts, faults };
}

const keyOf = (chatId?: string, messageId?: string): string => `${chatId} ${messageId}`;

async function compareMessages(held: AsyncIterable<TenantMessage>, rows: Map<string, CsvMessage>): Promise<string[]> {
  const faults: string[] = [];
  for await (const message of held) {
    const key = keyOf(message.chatId, message.id);
    const row = rows.get(key);
    rows.delete(key);
    if (!row) faults.push(`${key} is in the tenant and in no zip`);
    else if (!same(message, row)) faults.push(`${key} differs from the tenant's`);
  }
  for (const key of rows.keys()) faults.push(`${key} is in a zip and not in the tenant`);
  return faults;
}

function same(message: TenantMessage, row: CsvMessage): boolean {
  const html = message.body.contentType === "html" ? (message.body.content ?? "") : "";
  return (
    row["etag"] === message.etag &&
    row["messageType"] === message.messageType &&
    row["createdDateTime"] === message.createdDateTime &&
    row["lastModifiedDateTime"] === message.lastModifiedDateTime &&
    row["html"] === html
  );
}

async function compareContents(
  tenant: Tenant,
  userId: string,
  files: Set<string>,
  missing: Set<string>,
): Promise<string[]> {
  const faults: string[] = [];
  const [wanted, unavailable] = [new Set<string>(), new Set<string>()];
  for await (const { chatId, messageId, sha256, available } of tenant.contents(userId)) {
    const key = keyOf(chatId, messageId);
    if (available) wanted.add(`${key} ${sha256}`);
    else unavailable.add(key);
  }
  for (const one of wanted.difference(files)) faults.push(`the file ${one} is in the tenant and in no zip`);
  for (const one of files.difference(wanted)) faults.push(`the file ${one} is in a zip and not in the tenant`);
  for (const one of unavailable.difference(missing)) faults.push(`${one} lacks a file and no zip says so`);
  for (const one of missing.difference(unavailable)) faults.push(`${one} is said to lack a file that the tenant has`);
  return faults;
}
