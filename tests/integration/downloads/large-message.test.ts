import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RawMessage } from "../../../shared/chats/message.ts";
import {
  type DownloadPlace,
  downloadWorld,
  file,
  message,
  noise,
  rows,
  startDownloadPlace,
} from "../../support/download-world.ts";
import { readSums, readZip, sha256 } from "../../support/zip-files.ts";

/** The least that a zip may be limited to. */
const PART_BYTES = 1_000_000;
let place: DownloadPlace;
beforeAll(async () => {
  place = await startDownloadPlace();
});
afterAll(() => place.azurite.stop());

interface Manifest {
  readonly part: { readonly number: number; readonly of: number };
  readonly setCounts: { readonly messages: number; readonly missing: number };
  readonly counts: { readonly messages: number };
  readonly entries: readonly {
    readonly name: string;
    readonly pieceOf?: { name: string; bytes: number; sha256: string; piece: number; pieces: number };
  }[];
}
const manifestOf = (entries: Map<string, Buffer>) =>
  JSON.parse(entries.get("manifest.json")?.toString() ?? "") as Manifest;

/** The zips of a download of these messages, each under its limit and right by itself. */
async function download(format: string, raw: readonly RawMessage[]) {
  const { of, run, show, zips } = downloadWorld(place, { partBytes: PART_BYTES });
  await place.archive.addMessages(of, raw);
  const downloadId = await run({ format });
  const bytes = await zips(downloadId);
  for (const zip of bytes) expect(zip.length).toBeLessThanOrEqual(PART_BYTES);
  const parts = await Promise.all(bytes.map(readZip));
  for (const [at, part] of parts.entries()) {
    expect(manifestOf(part).part).toEqual({ number: at + 1, of: parts.length });
    for (const [name, digest] of readSums(part.get("SHA256SUMS")?.toString() ?? ""))
      expect(sha256(part.get(name) ?? Buffer.alloc(0))).toBe(digest);
  }
  return { parts, shown: await show(downloadId), again: () => run({ format }).then(zips), bytes };
}

/** Does what JOIN.txt says. */
async function joinPieces(parts: readonly Map<string, Buffer>[]): Promise<Map<string, Buffer>> {
  const pieces = parts.flatMap((part) =>
    manifestOf(part).entries.flatMap(({ name, pieceOf }) => (pieceOf ? [{ name, pieceOf, part }] : [])),
  );
  const joined = new Map<string, Buffer>();
  for (const [whole, found] of Map.groupBy(pieces, ({ pieceOf }) => pieceOf.name)) {
    const { sha256: digest, bytes, pieces: count } = found[0]?.pieceOf ?? { sha256: "", bytes: 0, pieces: 0 };
    expect(found.map(({ name }) => name)).toEqual(
      Array.from({ length: count }, (_, at) => `${whole}.${String(at + 1).padStart(3, "0")}`),
    );
    const folder = await mkdtemp(join(tmpdir(), "pieces-"));
    for (const { name, part } of found)
      await writeFile(join(folder, basename(name)), part.get(name) ?? Buffer.alloc(0));
    const [command] = found.map(({ part }) => {
      const [, line] = (part.get("JOIN.txt")?.toString() ?? "").split(
        `${digest}  ${whole}  (${count} pieces, ${bytes} bytes)\n`,
      );
      return line?.split("\n")[0];
    });
    execFileSync("sh", ["-c", command ?? "exit 1"], { cwd: folder });
    const file = await readFile(join(folder, basename(whole)));
    await rm(folder, { recursive: true });
    expect(sha256(file)).toBe(digest);
    joined.set(whole, file);
  }
  return joined;
}

const large = noise("large", 1_000_000).toString("base64");

test.each(["csv", "eml"])("a message larger than a zip comes as %s in pieces that join again", async (format) => {
  const raw = [0, 1, 2].map((id) =>
    message(id, id === 1 ? { body: { contentType: "text", content: large }, attachments: [file("a.txt")] } : {}),
  );
  const { parts, shown, bytes, again } = await download(format, raw);
  expect(shown).toMatchObject({ status: "Partial", messages: 3, missing: [{ code: "pending", count: 1 }] });
  expect(parts.reduce((sum, part) => sum + manifestOf(part).counts.messages, 0)).toBe(3);
  const joined = await joinPieces(parts);
  expect(joined.size).toBe(1);
  const [name = "", whole = Buffer.alloc(0)] = [...joined][0] ?? [];
  if (format === "csv") {
    const tables = [...parts.flatMap((part) => [...part]), [name, whole] as const].filter(([one]) =>
      /^messages.*\.csv$/.test(one),
    );
    const texts = tables.flatMap(([one, table]) => rows(new Map([[one, table]]), one).map((row) => row["text"] ?? ""));
    expect(texts.sort()).toEqual(["message 0", "message 2", `${large}\n[File: a.txt]`].sort());
  } else {
    expect(name).toMatch(/\.eml$/);
    expect(whole.toString("latin1")).toContain(`X-Teams-Message-Id: ${String(raw[1]?.["id"])}\r\n`);
    expect(whole.toString("latin1").replace(/=\r\n|\s/g, "")).toContain(large.slice(0, 100_000).replace(/=/g, "=3D"));
  }
  expect((await again()).map(sha256)).toEqual(bytes.map(sha256));
});

test.each(["csv", "eml", "pdf"])(
  "a message that points to more than a zip can list is told as %s, with all of it",
  async (format) => {
    const names = Array.from({ length: 3_000 }, (_, at) => `${at} ${noise(`${at}`, 200).toString("base64url")}.txt`);
    const raw = [0, 1, 2].map((id) => message(id, id === 1 ? { attachments: names.map((name) => file(name)) } : {}));
    const { parts, shown } = await download(format, raw);
    expect(shown).toMatchObject({
      status: "Partial",
      messages: 3,
      missing: [{ code: "pending", count: names.length }],
    });
    expect(parts.length).toBeGreaterThan(1);
    const listed = parts.flatMap((part) => rows(part, "MISSING.csv").map((row) => row["name"]));
    expect(listed).toEqual(names);
    expect(parts.reduce((sum, part) => sum + manifestOf(part).counts.messages, 0)).toBe(3);
  },
);
