import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { createCursors } from "../../../functions/runtime/cursors.ts";

const cursors = createCursors(new Uint8Array(32).fill(7));
const position = z.object({ after: z.string(), at: z.number() });

test("a cursor opens to what was sealed, for its own list only", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), fc.string(), fc.string(), (after, at, list, other) => {
      const cursor = cursors.seal(list, { after, at });
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(cursors.open(list, cursor, position)).toEqual({ after, at });
      if (other !== list) expect(() => cursors.open(other, cursor, position)).toThrow(/not from this list/);
    }),
  );
});

test("whatever a stranger sends is refused as their mistake", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => cursors.open("list", text, position)).toThrow(expect.objectContaining({ code: "cursor.invalid" }));
    }),
  );
});

test("a position of another shape is refused", () => {
  expect(() => cursors.open("list", cursors.seal("list", { after: 1 }), position)).toThrow(/not from this list/);
});
