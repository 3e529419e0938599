import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import { checkedCounts, problem, verifyBytes } from "../archive/verify/verify.contract.ts";
import type { Verification, VerifiedPart, VerifyOf, VerifyStore } from "../archive/verify/verify-store.ts";
import { isAppError, unless } from "../platform/errors.ts";
import { hashId } from "../platform/new-id.ts";
import { descending } from "./descending.ts";
import { insertMissing, table, type Write } from "./table.ts";

const verificationRow = z.object({
  verifyId: z.string(),
  status: z.enum(["Queued", "Running", "Completed", "Failed"]),
  bytes: verifyBytes,
  scope: z.enum(["all", "listed"]),
  requestedAt: z.number(),
  finishedAt: z.number().exactOptional(),
  checked: z.string().exactOptional(),
  problems: z.number().exactOptional(),
});
const openRow = z.object({ organizationId: z.string(), verifyId: z.string() });
const accountRow = z.object({ accountId: z.string() });
const partRow = z.object({ counts: z.string(), position: z.string().exactOptional(), done: z.boolean() });
const seenRow = z.object({ bytes: z.number() });

const OPEN = "~open";

/** Verifications (partition organization, newest first; those under way also under `~open`), and what each knows: partition
 * organization|verification, rows `a` its accounts, `p` its parts, `s` what it saw, `x` problems. */
export function verifyTables(verifications: TableClient, items: TableClient): VerifyStore {
  const rows = table(verifications, verificationRow);
  const open = table(verifications, openRow);
  const accounts = table(items, accountRow);
  const parts = table(items, partRow);
  const seen = table(items, seenRow);
  const problems = table(items, problem);
  const change: VerifyStore["change"] = async (of, given) => {
    for (;;) {
      const row = await rows.get(rowKey(of));
      if (!row || row.value.finishedAt !== undefined) break;
      const value = toRow({ ...fromRow(row.value), ...given });
      const written = await rows.replace(row, value).then(
        () => true,
        (error: unknown) => {
          if (isAppError(error, "storage.changed")) return false;
          throw error;
        },
      );
      if (written) break;
    }
    if (given.finishedAt === undefined) return;
    await open.delete(openKey(of)).catch(unless("storage.not_found"));
  };
  return {
    async insert(organizationId, verification, accountIds) {
      const of = { organizationId, verifyId: verification.verifyId };
      const partitionKey = partition(of);
      const listed = [...new Set(accountIds)].map(
        (accountId): Write<z.output<typeof accountRow>> =>
          ({ action: "insert", partitionKey, rowKey: `a|${accountId}`, value: { accountId } }) as const,
      );
      await insertMissing(accounts, listed);
      await rows.upsert(rowKey(of), toRow(verification));
      await open.upsert(openKey(of), of);
    },
    async find(of) {
      const row = await rows.get(rowKey(of));
      return row && fromRow(row.value);
    },
    change,
    async accounts(of, limit, after = "") {
      const found = await accounts.page(partition(of), limit, `a|${after}`, "a|~");
      return found.map(({ value }) => value.accountId);
    },
    addProblem: (of, given) =>
      problems.upsert(key(of, `x|${given.code}|${hashId(given.path, given.detail)}`), { ...given }),
    async *problems(of) {
      for await (const { value } of problems.list(partition(of), { from: "x|", to: "x|~" })) yield value;
    },
    async part(of, name) {
      const row = await parts.get(key(of, `p|${name}`));
      return row && toPart(row.value);
    },
    putPart: (of, name, { counts, ...part }) =>
      parts.upsert(key(of, `p|${name}`), { ...part, counts: JSON.stringify(counts) }),
    async *parts(of) {
      for await (const { value } of parts.list(partition(of), { from: "p|", to: "p|~" })) yield toPart(value);
    },
    seen: async (of, name) => (await seen.get(key(of, `s|${name}`)))?.value.bytes,
    see: (of, name, bytes) => seen.upsert(key(of, `s|${name}`), { bytes }),
    async *open() {
      for await (const { value } of open.list(OPEN)) yield value;
    },
  };
}

const partition = ({ organizationId, verifyId }: VerifyOf): string => `${organizationId}|${verifyId}`;
const key = (of: VerifyOf, name: string) => ({ partitionKey: partition(of), rowKey: name });
const rowKey = ({ organizationId, verifyId }: VerifyOf) => ({
  partitionKey: organizationId,
  rowKey: descending(verifyId),
});
const openKey = (of: VerifyOf) => ({ partitionKey: OPEN, rowKey: partition(of) });

const toPart = ({ counts, ...part }: z.output<typeof partRow>): VerifiedPart => ({
  ...part,
  counts: checkedCounts.parse(JSON.parse(counts)),
});
const toRow = ({ checked, ...row }: Verification): z.output<typeof verificationRow> => ({
  ...row,
  ...(checked ? { checked: JSON.stringify(checked) } : {}),
});
const fromRow = ({ checked, ...row }: z.output<typeof verificationRow>): Verification => ({
  ...row,
  ...(checked === undefined ? {} : { checked: checkedCounts.parse(JSON.parse(checked)) }),
});
