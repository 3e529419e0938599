import fc from "fast-check";
import { expect, test } from "vitest";
import { createSeal, derivedKey } from "../../../shared/platform/seal.ts";
import { Secret } from "../../../shared/platform/secret.ts";

const master = new Secret(Buffer.alloc(32, 3).toString("base64"));
const seal = createSeal(derivedKey(master, "one"));

test("what is sealed opens in its own context only, and never after a change", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), fc.nat(), (text, context, other, at) => {
      const sealed = seal.seal(text, context);
      expect(seal.open(sealed, context)).toBe(text);
      if (other !== context) expect(() => seal.open(sealed, other)).toThrow(/does not open/);
      const bytes = Buffer.from(sealed, "base64url");
      bytes.writeUInt8(bytes.readUInt8(at % bytes.length) ^ 1, at % bytes.length);
      expect(() => seal.open(bytes.toString("base64url"), context)).toThrow(/does not open/);
    }),
  );
});

test("another purpose has another key; a text sealed twice looks different", () => {
  const sealed = seal.seal("text", "");
  expect(() => createSeal(derivedKey(master, "two")).open(sealed, "")).toThrow(/does not open/);
  expect(seal.seal("text", "")).not.toBe(sealed);
  for (const short of ["", "AAAA", "A".repeat(30)]) expect(() => seal.open(short, "")).toThrow(/does not open/);
});
