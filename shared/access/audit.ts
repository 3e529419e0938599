import { createHash } from "node:crypto";
import { newId } from "../platform/new-id.ts";
import { iso, type Instant } from "../platform/time.ts";
import type { Principal } from "./access.contract.ts";

/** Ids, codes and counts of what was done; no text of messages, no links, no secrets. */
export type AuditFacts = Readonly<Record<string, string | number | boolean>>;

/** Who did what to an organization's data. Never changed: `hash` covers the entry and the hash of the one before. */
export interface AuditEntry {
  /** Sorts by time. */
  readonly id: string;
  readonly at: string;
  readonly principalId: string;
  readonly principalName: string;
  readonly action: string;
  readonly facts: AuditFacts;
  readonly before: string;
  readonly hash: string;
}

/** Of one organization: its newest entry's hash, and the instant in that entry's id. */
export interface AuditHead {
  readonly hash: string;
  readonly at: Instant;
}

export interface AuditStore {
  head(organizationId: string): Promise<{ readonly value: AuditHead; readonly etag: string } | undefined>;
  /** The entry and the new head, both or neither. False when somebody wrote since the head was read. */
  append(organizationId: string, entry: AuditEntry, head: AuditHead, etag: string | undefined): Promise<boolean>;
  /** Newest first, those before the id `after`. */
  page(organizationId: string, limit: number, after?: string): Promise<AuditEntry[]>;
}

export interface AuditDeps {
  readonly audit: AuditStore;
  readonly now: () => Instant;
}

/** Before what it tells of leaves the app: who cannot be written down gets nothing. Throws `storage.unavailable`. */
export async function recordAudit(
  { audit, now }: AuditDeps,
  organizationId: string,
  by: Principal,
  action: string,
  facts: AuditFacts,
): Promise<void> {
  for (;;) {
    const head = await audit.head(organizationId);
    const at = now();
    // Entries sort in the order in which they were chained, also where the clock was set back.
    const place = Math.max(at, (head?.value.at ?? 0) + 1);
    const said = { id: newId(place), at: iso(at), principalId: by.id, principalName: by.name, action, facts };
    const before = head?.value.hash ?? "";
    const hash = hashOf(said, before);
    if (await audit.append(organizationId, { ...said, before, hash }, { hash, at: place }, head?.etag)) return;
  }
}

const hashOf = (said: Omit<AuditEntry, "before" | "hash">, before: string): string =>
  createHash("sha256")
    .update(
      JSON.stringify([before, said.id, said.at, said.principalId, said.principalName, said.action, sorted(said.facts)]),
    )
    .digest("hex");

const sorted = (facts: AuditFacts): (readonly [string, string | number | boolean])[] =>
  Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));
