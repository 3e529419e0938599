import type { z } from "zod";

const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

const FORMATS: Readonly<Record<string, string>> = {
  guid: "must be a GUID",
  email: "must be an e-mail address",
  date: "must be a date such as 2026-01-31",
  datetime: "must be a time such as 2026-01-31T08:00:00Z",
};

/** zod's issues in the words of an administrator: what a value must be, in words that follow its name. For `safeParse`, as `error`;
 * a schema's own words go before these. */
export function wordIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is required" : `must be ${TYPES[issue.expected] ?? "of another kind"}`;
    case "invalid_value":
      if (issue.input === undefined) return "is required";
      return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.map(String).join(", ")}`;
    case "invalid_format":
      return FORMATS[issue.format] ?? "is not well-formed";
    case "too_small":
      return bound(issue.origin, Number(issue.minimum), "or more");
    case "too_big":
      return bound(issue.origin, Number(issue.maximum), issue.origin === "number" ? "or less" : "at most");
    case "unrecognized_keys":
      return "is not known here";
    default:
      return "is not what is asked for here";
  }
}

function bound(origin: string, limit: number, words: string): string {
  if (origin === "string") return `must have ${limit} ${limit === 1 ? "character" : "characters"} ${words}`;
  if (origin === "array") return `must have ${limit} ${limit === 1 ? "entry" : "entries"} ${words}`;
  return `must be ${limit} ${words}`;
}
