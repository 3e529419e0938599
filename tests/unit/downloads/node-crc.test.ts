import { createRequire } from "node:module";
import { crc32 as ofNode } from "node:zlib";
import library from "crc-32";
import fc from "fast-check";
import { expect, test } from "vitest";
import "../../../shared/downloads/package/zip-stream.ts";

const here = createRequire(import.meta.url);
const crc32 = (bytes: Uint8Array, before?: unknown): number =>
  Reflect.apply(library.buf, undefined, [bytes, before]) >>> 0;

test("checksums of zips are node's, in the very module that archiver takes them from", () => {
  const streams = createRequire(here.resolve("zip-stream"));
  const commons = createRequire(streams.resolve("compress-commons"));
  const checksums = createRequire(commons.resolve("crc32-stream"));
  for (const from of [commons, checksums]) expect(from.resolve("crc-32")).toBe(here.resolve("crc-32"));
  // What the library's own takes, and node's does not.
  expect(() => library.buf([1, 2, 3])).toThrow(TypeError);
});

test("a checksum that comes in parts is that of the whole", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1 }), { minLength: 1 }), (parts) => {
      let sum: unknown = Buffer.alloc(4);
      for (const part of parts) sum = crc32(part, sum);
      expect(sum).toBe(ofNode(Buffer.concat(parts)));
    }),
  );
});
