import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { keptFile } from "../kept-file.ts";
import type { ChatMessage } from "./chat-message.ts";
import type { FileChange } from "./files.ts";
import type { Tenant } from "./tenant.ts";

/** One change to the tenant, as it is kept. */
export type Change =
  | { readonly put: ChatMessage; readonly modifiedMs: number }
  | { readonly userId: string; readonly state: "live" | "left" | "gone" }
  | { readonly contentUrl: string; readonly file: FileChange };

export function apply(tenant: Tenant, change: Change): void {
  if ("put" in change) tenant.bookOf(change.put.chatId)?.put(change.put, change.modifiedMs);
  else if ("userId" in change) tenant.setState(change.userId, change.state);
  else tenant.changeFile(change.contentUrl, change.file);
}

/** Applies a change and keeps it in `stateDir`, where there is one, so that a restart finds the tenant as it was left. */
export function journal(tenant: Tenant, stateDir: string | undefined): (change: Change) => void {
  const file = stateDir && join(stateDir, "changes.ndjson");
  if (file && existsSync(file)) {
    keptFile(file, (text) => {
      for (const line of text.split("\n")) if (line !== "") apply(tenant, JSON.parse(line) as Change);
    });
  }
  return (change) => {
    apply(tenant, change);
    if (file) appendFileSync(file, `${JSON.stringify(change)}\n`);
  };
}
