import { describe, expect, test } from "vitest";
import { z } from "zod";
import { check } from "../../../functions/runtime/read-request.ts";
import { paging } from "../../../functions/runtime/cursors.ts";
import { displayName, retention } from "../../../shared/organizations/organization.contract.ts";
import type { AppError } from "../../../shared/platform/errors.ts";
import { appTable } from "../../support/routes.ts";

/** What zod says by itself. */
const RAW = /invalid|expected|received|unrecognized|too (small|big)|nan\b|undefined/i;
const SENTENCE = /^(must|may|is|needs|has) [^\n]+$/;
const WRONG: readonly unknown[] = [
  ...[null, 7, -1, 1.5, 1e12, true, "", " ", "x", "moon base \u0000", "x".repeat(100_000), "2026-02-30"],
  ...[[], [null], ["x"], {}, { a: 1 }, [[]]],
];

const refusal = (schema: z.ZodType | undefined, given: unknown, where: "query" | "body" = "body") => {
  try {
    check(schema, given, where);
  } catch (error) {
    const { message, options } = error as AppError;
    return { message, issues: options.issues ?? [] };
  }
  return undefined;
};

/** Objects that are wrong in one place: every property, one level down too, with every wrong value. */
function* wrongBodies(schema: z.ZodType): Generator {
  yield* WRONG;
  const shapes = "options" in schema ? (schema.options as z.ZodType[]) : [schema];
  for (const shape of shapes) {
    for (const [name, inner] of Object.entries("shape" in shape ? (shape.shape as Record<string, z.ZodType>) : {})) {
      for (const value of WRONG) yield { [name]: value };
      const object = inner instanceof z.ZodOptional ? inner.unwrap() : inner;
      for (const deeper of Object.keys("shape" in (object as object) ? (object as z.ZodObject).shape : {})) {
        for (const value of WRONG) yield { [name]: { [deeper]: value } };
      }
    }
  }
}

describe("every route", () => {
  const cases = appTable().routes.flatMap(({ name, query, body }) => [
    ...(body ? [[name, "body", body] as const] : []),
    ...(query && name !== "consentCallback" ? [[name, "query", query] as const] : []),
  ]);

  test.each(cases)("%s says in sentences what is wrong with a %s", (_, where, schema) => {
    let refused = 0;
    for (const given of wrongBodies(schema)) {
      const found = refusal(schema, given, where);
      if (!found) continue;
      refused += 1;
      expect(found.issues.length).toBeGreaterThan(0);
      for (const { message } of found.issues) {
        expect(message, JSON.stringify(given).slice(0, 100)).toMatch(SENTENCE);
        expect(message, JSON.stringify(given).slice(0, 100)).not.toMatch(RAW);
      }
      expect(found.message).toMatch(new RegExp(`^The ${where} is not right: `));
    }
    expect(refused).toBeGreaterThan(WRONG.length / 2);
  });
});

describe("what is said", () => {
  const schema = z.strictObject({
    name: z.string().min(2).max(4),
    on: z.boolean(),
    count: z.number().int().min(1),
    kind: z.enum(["a", "b"]).optional(),
    tenant: z.guid().optional(),
    email: z.email().optional(),
    at: z.iso.datetime().optional(),
    list: z.array(z.string()).min(1).max(2).optional(),
    deep: z.strictObject({ er: z.literal(true) }).optional(),
  });
  const good = { name: "abc", on: true, count: 1 };

  test.each<[string, unknown, string, string]>([
    ["a missing value", { ...good, on: undefined }, "on", "is required"],
    ["another type", { ...good, on: "yes" }, "on", "must be true or false"],
    ["a fraction", { ...good, count: 1.5 }, "count", "must be a whole number"],
    ["a number that is too small", { ...good, count: 0 }, "count", "must be 1 or more"],
    ["a text that is too short", { ...good, name: "a" }, "name", "must have 2 characters or more"],
    ["a text that is too long", { ...good, name: "abcde" }, "name", "must have 4 characters at most"],
    ["one of several words", { ...good, kind: "c" }, "kind", "must be one of a, b"],
    ["a GUID", { ...good, tenant: "x" }, "tenant", "must be a GUID"],
    ["an address", { ...good, email: "x" }, "email", "must be an e-mail address"],
    ["a time", { ...good, at: "today" }, "at", "must be a time such as 2026-01-31T08:00:00Z"],
    ["an empty list", { ...good, list: [] }, "list", "must have 1 entry or more"],
    ["a long list", { ...good, list: ["a", "b", "c"] }, "list", "must have 2 entries at most"],
    ["an entry of a list", { ...good, list: ["a", 7] }, "list.1", "must be a text"],
    ["a value further down", { ...good, deep: { er: false } }, "deep.er", "must be true"],
    ["an unknown name", { ...good, deep: { er: true, else: 1 } }, "deep.else", "is not known here"],
  ])("%s", (_, given, path, message) => {
    expect(refusal(schema, given)?.issues).toEqual([{ path, message }]);
  });

  test("the detail holds it too, so that who shows the detail alone shows enough", () => {
    expect(refusal(schema, { ...good, on: 1 })?.message).toBe("The body is not right: on must be true or false");
    expect(refusal(schema, [])?.message).toBe("The body is not right: it must be an object");
    expect(refusal(schema, {})?.message).toBe(
      "The body is not right: name is required; on is required; count is required",
    );
    expect(refusal(schema, { ...good, a: 1, b: 2, c: 3, d: 4, e: 5 })?.message).toMatch(/; and 2 more$/);
  });

  test("the same of one value once", () => {
    for (const days of [1e30, 1e300, -1e30, 0.5]) {
      expect(refusal(z.strictObject({ retention }), { retention: { days } })?.issues, `${days}`).toEqual([
        { path: "retention.days", message: expect.stringMatching(/from 1 to 36500/) as string },
      ]);
    }
  });

  test("of a text that is no text in its end", () => {
    const schema = z.strictObject({ name: displayName });
    expect(refusal(schema, { name: "Contoso \ud83d" })?.issues).toEqual([
      { path: "name", message: "must not hold half of a character (a lone surrogate)" },
    ]);
    expect(check(schema, { name: "Contoso \ud83d\ude00" }, "body")).toEqual({ name: "Contoso 😀" });
  });

  test("of a hundred mistakes, not of ten thousand", () => {
    const many = refusal(z.array(z.boolean()), new Array(10_000).fill(7));
    expect(many?.issues).toHaveLength(100);
    expect(many?.message).toMatch(/and 9,997 more$/);
  });
});

describe("a choice of shapes", () => {
  const schema = z.union(
    [z.strictObject({ ids: z.array(z.string().min(3)) }), z.strictObject({ all: z.literal(true) })],
    "must be {ids} or {all}",
  );

  test("is told as such where nothing shows which one was meant", () => {
    for (const given of [{}, { ids: ["abc"], all: true }, [], { other: 1 }]) {
      expect(refusal(schema, given)?.issues).toEqual([{ path: "", message: "must be {ids} or {all}" }]);
    }
  });

  test("is told by its mistake where one was meant", () => {
    expect(refusal(schema, { ids: ["a"] })?.issues).toEqual([
      { path: "ids.0", message: "must have 3 characters or more" },
    ]);
    expect(refusal(schema, { all: false })?.issues).toEqual([{ path: "all", message: "must be true" }]);
  });
});

describe("paging", () => {
  test.each(["0", "-1", "501", "1e9", "1e2", "abc", "", " ", "5.5", "0x10"])(
    "top=%j is refused with its range",
    (top) => {
      expect(refusal(z.strictObject(paging), { top }, "query")).toEqual({
        message: "The query is not right: top must be a whole number from 1 to 500",
        issues: [{ path: "top", message: "must be a whole number from 1 to 500" }],
      });
    },
  );

  test("top is 50 unless it is given", () => {
    expect(check(z.strictObject(paging), {}, "query")).toEqual({ top: 50 });
    expect(check(z.strictObject(paging), { top: "500" }, "query")).toEqual({ top: 500 });
  });
});
