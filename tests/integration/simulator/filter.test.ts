import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExportFilter } from "../../../local/graph-simulator/graph/filter.ts";

const instant = fc.date({
  min: new Date("2016-01-01T00:00:00Z"),
  max: new Date("2040-01-01T00:00:00Z"),
  noInvalidDate: true,
});
const iso = instant.map((d) => d.toISOString());
const both = fc
  .tuple(iso, iso)
  .map(([from, to]) => ({ from, to, text: `lastModifiedDateTime gt ${from} and lastModifiedDateTime lt ${to}` }));
const refused = (filter: string) => expect(() => parseExportFilter(filter)).toThrow("Invalid $filter query");

describe("$filter of getAllMessages", () => {
  test("takes both bounds in either order, with or without parentheses, and reads them exactly", () => {
    fc.assert(
      fc.property(both, fc.constantFrom("plain", "parentheses", "reversed", "spaces"), ({ from, to, text }, form) => {
        const shapes = {
          plain: text,
          parentheses: `((${text}))`,
          reversed: `lastModifiedDateTime lt ${to} and lastModifiedDateTime gt ${from}`,
          spaces: `  ${text.replaceAll(" ", "   ")}  `,
        };
        const filter = parseExportFilter(shapes[form]);
        expect([filter.after, filter.before]).toEqual([Date.parse(from), Date.parse(to)]);
      }),
    );
  });

  test("takes offsets and up to seven digits of a second", () => {
    const { after, before } = parseExportFilter(
      "lastModifiedDateTime gt 2026-01-01T02:00:00.1234567+02:00 and lastModifiedDateTime lt 2026-01-02T00:00:00Z",
    );
    expect(after).toBeCloseTo(Date.parse("2026-01-01T00:00:00.123Z") + 0.4567, 3);
    expect(before).toBe(Date.parse("2026-01-02T00:00:00Z"));
  });

  test("refuses one bound alone, inclusive operators and other properties", () => {
    fc.assert(
      fc.property(both, fc.constantFrom("ge", "le", "eq", "ne", "GT"), ({ from, to }, operator) => {
        refused(`lastModifiedDateTime gt ${from}`);
        refused(`lastModifiedDateTime lt ${to}`);
        refused(`lastModifiedDateTime ${operator} ${from} and lastModifiedDateTime lt ${to}`);
        refused(`lastModifiedDateTime gt ${from} and lastModifiedDateTime gt ${to}`);
        refused(`createdDateTime gt ${from} and createdDateTime lt ${to}`);
        refused(`lastModifiedDateTime gt '${from}' and lastModifiedDateTime lt '${to}'`);
        refused(`lastModifiedDateTime gt ${from} or lastModifiedDateTime lt ${to}`);
        refused(`lastModifiedDateTime gt ${from} and lastModifiedDateTime lt ${to} and`);
      }),
    );
  });

  test.each([
    "2026-01-01",
    "2026-01-01T00:00:00",
    "2026-02-30T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-01T00:00:00 02:00",
    "now",
    "2026-01-01T00:00:00.12345678Z",
  ])("refuses the time %s", (time) =>
    refused(`lastModifiedDateTime gt ${time} and lastModifiedDateTime lt 2026-06-01T00:00:00Z`),
  );

  test("takes any number of sender clauses joined by or, and joins them with dates by parentheses only", () => {
    const clause = fc.oneof(
      fc.uuid().map((id) => `from/user/id eq '${id}'`),
      fc
        .constantFrom("aadUser", "anonymousGuest", "federatedUser", "skypeUser")
        .map((t) => `from/user/userIdentityType eq '${t}'`),
      fc.constantFrom("bot", "tenantBot").map((t) => `from/application/applicationIdentityType eq '${t}'`),
      fc.constantFrom("messageType eq 'systemEventMessage'", "messageType ne 'systemEventMessage'"),
    );
    fc.assert(
      fc.property(fc.array(clause, { minLength: 2, maxLength: 8 }), both, (clauses, { text }) => {
        const senders = clauses.join(" or ");
        expect(parseExportFilter(senders).senders).toHaveLength(clauses.length);
        const joined = parseExportFilter(`(${senders}) and (${text})`);
        expect(joined.senders).toHaveLength(clauses.length);
        expect(joined.after).not.toBeNull();
        refused(`${senders} and ${text}`);
        refused(`(${senders}) or (${text})`);
        refused(`(${senders}) and (lastModifiedDateTime gt 2026-01-01T00:00:00Z)`);
      }),
    );
  });

  test.each([
    "",
    " ",
    "()",
    "from/user/id eq ''",
    "from/user/id ne 'x'",
    "from/user/userIdentityType eq 'robot'",
    "messsageType eq 'systemEventMessage'",
    "from/user/id eq 'x",
    "((from/user/id eq 'x')",
  ])("refuses %j", refused);

  test("never fails otherwise than by refusing, whatever the text", () => {
    const words = fc.constantFrom(
      "(",
      ")",
      "and",
      "or",
      "lastModifiedDateTime",
      "gt",
      "lt",
      "'x'",
      "from/user/id",
      "eq",
      "2026-01-01T00:00:00Z",
      "'",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((w) => w.join(" ")),
        ),
        (text) => {
          try {
            parseExportFilter(text);
          } catch (error) {
            expect((error as Error).message).toBe("Invalid $filter query");
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
