import type { SavedZip } from "./download.ts";
import { type ToldMessage, readZip } from "./read-zip.ts";
import type { DemoAccount } from "./set-up.ts";
import type { Tenant, TenantContent, TenantMessage } from "./tenant.ts";

export interface Verdict {
  readonly messages: number;
  readonly files: number;
  readonly missing: number;
  /** One sentence per difference; none is the only good answer. */
  readonly faults: readonly string[];
}

/** Instants; `to` excluded. */
export interface Range {
  readonly from: number;
  readonly to: number;
}
const ALWAYS: Range = { from: 0, to: Number.POSITIVE_INFINITY };

/** Compares one account's zips of one download with what the tenant holds of that time: every message once and unchanged, every picture and file with its
 * bytes, every one that cannot be had named as missing, and nothing else. */
export async function verifyAccount(
  tenant: Tenant,
  account: DemoAccount,
  zips: readonly SavedZip[],
  range = ALWAYS,
): Promise<Verdict> {
  const faults: string[] = [];
  const messages = new Map<string, ToldMessage>();
  const files = new Set<string>();
  const missing = new Set<string>();
  let unnamed = 0;
  for (const { file } of zips) {
    const zip = await readZip(file);
    faults.push(...zip.faults.map((fault) => `${file}: ${fault}`));
    unnamed += zip.unnamed;
    for (const told of zip.messages) {
      const key = keyOf(told.chatId, told.messageId);
      if (messages.has(key)) faults.push(`${key} stands in two zips or twice in one`);
      messages.set(key, told);
    }
    for (const { chatId, messageId, sha256 } of zip.manifest.attachments)
      files.add(`${keyOf(chatId, messageId)} ${sha256}`);
    for (const { chatId, messageId } of zip.manifest.missing) missing.add(keyOf(chatId, messageId));
  }
  const counts = { messages: messages.size + unnamed, files: files.size, missing: missing.size };
  const held = tenant.messages(account.graphId);
  faults.push(...(await (unnamed > 0 ? compareCount(held, unnamed, range) : compareMessages(held, messages, range))));
  faults.push(...(await compareContents(tenant.contents(account.graphId), { files, missing }, range)));
  return { ...counts, faults };
}

const keyOf = (chatId?: string, messageId?: string): string => `${chatId} ${messageId}`;

const isIn = ({ from, to }: Range, instant: number): boolean => instant >= from && instant < to;

async function compareMessages(
  held: AsyncIterable<TenantMessage>,
  rows: Map<string, ToldMessage>,
  range: Range,
): Promise<string[]> {
  const faults: string[] = [];
  for await (const message of held) {
    if (!isIn(range, Date.parse(message.createdDateTime))) continue;
    const key = keyOf(message.chatId, message.id);
    const row = rows.get(key);
    rows.delete(key);
    if (!row) faults.push(`${key} is in the tenant and in no zip`);
    else if (!same(message, row)) faults.push(`${key} differs from the tenant's`);
  }
  for (const key of rows.keys()) faults.push(`${key} is in a zip and not in the tenant`);
  return faults;
}

async function compareCount(held: AsyncIterable<TenantMessage>, told: number, range: Range): Promise<string[]> {
  let count = 0;
  for await (const { createdDateTime } of held) if (isIn(range, Date.parse(createdDateTime))) count += 1;
  return count === told ? [] : [`the documents tell of ${told} messages, the tenant has ${count}`];
}

/** What a document leaves out of a message is not compared. */
function same({ body, ...message }: TenantMessage, told: ToldMessage): boolean {
  const html = body.contentType === "html" ? (body.content ?? "") : "";
  return (
    told.etag === message.etag &&
    told.messageType === message.messageType &&
    told.createdDateTime === message.createdDateTime &&
    (told.lastModifiedDateTime ?? message.lastModifiedDateTime) === message.lastModifiedDateTime &&
    (told.html ?? html) === html
  );
}

/** Ids of the tenant's messages are the instants at which they were written. */
async function compareContents(
  held: AsyncIterable<TenantContent>,
  { files, missing }: { readonly files: Set<string>; readonly missing: Set<string> },
  range: Range,
): Promise<string[]> {
  const faults: string[] = [];
  const [wanted, unavailable] = [new Set<string>(), new Set<string>()];
  for await (const { chatId, messageId, sha256, available } of held) {
    if (!isIn(range, Number(messageId))) continue;
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
