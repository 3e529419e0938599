import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import type { ChatSnapshot } from "../archive/chat-directory.ts";
import { AppError } from "../platform/errors.ts";

/** A column holds 64 KiB, a row 1 MiB. The thousand members of the largest meeting take about 60 KB. */
const PART_BYTES = 60_000;
const PARTS = ["part0", "part1", "part2", "part3", "part4", "part5", "part6", "part7"] as const;

const part = z.instanceof(Uint8Array).optional();
export const snapshotParts = {
  ...{ part0: part, part1: part, part2: part, part3: part },
  ...{ part4: part, part5: part, part6: part, part7: part },
};
type Parts = { readonly [P in (typeof PARTS)[number]]?: Uint8Array<ArrayBuffer> | undefined };

const person = z.object({ id: z.string(), name: z.string().optional(), address: z.string().optional() });
const schema = z.object({
  chatId: z.string(),
  type: z.string().optional(),
  topic: z.string().optional(),
  tenantId: z.string().optional(),
  members: z.array(person),
  membersMissing: z.string().optional(),
});

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** Throws `chats.snapshot_too_large` for what no chat of Teams comes near. */
export async function packSnapshot(snapshot: Omit<ChatSnapshot, "updated">): Promise<Parts> {
  const packed = await compress(JSON.stringify(snapshot));
  if (packed.length > PART_BYTES * PARTS.length)
    throw new AppError("too_large", "chats.snapshot_too_large", "A chat has more members than can be kept");
  const parts = PARTS.map((name, at) => [name, packed.subarray(at * PART_BYTES, (at + 1) * PART_BYTES)] as const);
  return Object.fromEntries(
    parts.filter(([, bytes]) => bytes.length > 0).map(([name, bytes]) => [name, new Uint8Array(bytes)]),
  );
}

export async function unpackSnapshot(parts: Parts): Promise<Omit<ChatSnapshot, "updated">> {
  const packed = Buffer.concat(PARTS.map((name) => parts[name] ?? new Uint8Array()));
  return schema.parse(JSON.parse((await expand(packed)).toString("utf8"))) as Omit<ChatSnapshot, "updated">;
}
