import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodePack, encodePack, mayHoldOneOf, packLine } from "../../../shared/archive/pack.ts";
import { type MessageVersion, versionOf } from "../../../shared/archive/version.ts";

const name = fc.oneof(
  fc.constantFrom('"', "\\", 'a"id":"b', "é\u0001", "1\\"),
  fc.string({ minLength: 1, maxLength: 5 }),
);
const raw = fc.record({
  from: fc.record({ id: name, displayName: name }),
  id: name,
  chatId: fc.constantFrom("19:a", "19:b"),
  etag: name,
  body: fc.record({ content: fc.string() }),
});

test("lines that are worth parsing are all of the messages that are looked for, and few others", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(raw, { minLength: 1 }), fc.array(name, { maxLength: 3 }), async (raws, others) => {
      const versions = raws.map((one) => versionOf(one)).filter((one) => one !== undefined);
      const asked = [...versions.slice(0, 2), ...others.map((id) => ({ id }))];
      const { bytes, sha256 } = await encodePack(versions.map(packLine));
      // In pieces, so that lines are torn.
      const pieces = Array.from({ length: bytes.length }, (_, at) => bytes.subarray(at, at + 1));
      const found = await Array.fromAsync(decodePack(Readable.from(pieces), sha256, mayHoldOneOf(asked)));
      const ids = new Set(asked.map(({ id }) => id));
      const isAsked = ({ id }: MessageVersion) => ids.has(id);
      const sorted = await Array.fromAsync(decodePack(Readable.from([bytes]), sha256));
      expect(found.filter(isAsked)).toEqual(sorted.filter(isAsked));
    }),
  );
});

test("a line in which nobody has the id that is looked for is not parsed, whoever has one", () => {
  const only = mayHoldOneOf([{ id: "17" }]);
  const line = (id: string, from: string) => JSON.stringify({ from: { id: from }, id, body: { content: '"id":"17"' } });
  expect([line("17", "2"), line("1", "17"), line("1", "2"), line("171", "2")].map(only)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
