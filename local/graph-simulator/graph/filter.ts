import { badRequest, type GraphError } from "./graph-error.ts";

/** What `$filter` of getAllMessages lets through; `after` and `before` are exclusive, in ms and may have a fraction. */
export interface ExportFilter {
  readonly after: number | null;
  readonly before: number | null;
  /** Any of these must hold; empty: everyone's messages. */
  readonly senders: readonly SenderClause[];
}

export type SenderClause =
  | { readonly property: "userId" | "userIdentityType" | "applicationIdentityType"; readonly value: string }
  | { readonly property: "messageType"; readonly equal: boolean; readonly value: string };

interface DateClause {
  readonly operator: "gt" | "lt";
  readonly instant: number;
}
type Clause = { readonly date: DateClause } | { readonly sender: SenderClause };

const invalid = (): GraphError => badRequest("Invalid $filter query");

const token = /\s*(?:(\()|(\))|'((?:[^']|'')*)'|([^\s()']+))/y;
type Token = { readonly type: "open" | "close" | "text" | "word"; readonly value: string };

function tokens(filter: string): Token[] {
  const found: Token[] = [];
  token.lastIndex = 0;
  const text = filter.trimEnd();
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) throw invalid();
    const [, open, close, quoted, word] = match;
    if (open) found.push({ type: "open", value: open });
    else if (close) found.push({ type: "close", value: close });
    else if (quoted !== undefined) found.push({ type: "text", value: quoted.replaceAll("''", "'") });
    else found.push({ type: "word", value: word as string });
  }
  return found;
}

/**
 * Reads the documented grammar and nothing more: sender clauses joined by `or`, date bounds joined by `and`, and
 * `(senders) and (dates)`. Where a date is named both bounds must be, `gt` and `lt` only: one bound alone, `ge`, `le`,
 * `eq` and `createdDateTime` are refused by the service. Throws 400 "Invalid $filter query".
 */
export function parseExportFilter(filter: string): ExportFilter {
  const rest = tokens(filter);
  const groups = conjunction(rest);
  if (rest.length > 0) throw invalid();
  const dates = groups.flat().flatMap((clause) => ("date" in clause ? [clause.date] : []));
  const senderGroups = groups.filter((group) => "sender" in (group[0] as Clause));
  if (groups.some((group) => group.length > 1 && group.some((clause) => "date" in clause))) throw invalid();
  if (senderGroups.length > 1) throw invalid();
  const bound = (operator: "gt" | "lt"): number[] => dates.filter((d) => d.operator === operator).map((d) => d.instant);
  const [after, before] = [bound("gt"), bound("lt")];
  if (dates.length > 0 && (after.length !== 1 || before.length !== 1)) throw invalid();
  const senders = senderGroups.flat().flatMap((clause) => ("sender" in clause ? [clause.sender] : []));
  return { after: after[0] ?? null, before: before[0] ?? null, senders };
}

/** `group and group …`; each group is a list of alternatives. `a or b and c` binds otherwise than it reads: refused. */
function conjunction(rest: Token[]): Clause[][] {
  const parts = [group(rest)];
  while (isWord(rest[0], "and")) {
    rest.shift();
    parts.push(group(rest));
  }
  if (parts.length > 1 && parts.some((part) => part.bareAlternatives)) throw invalid();
  return parts.flatMap((part) => part.groups);
}

function group(rest: Token[]): { groups: Clause[][]; bareAlternatives: boolean } {
  let first: Clause[][];
  if (rest[0]?.type === "open") {
    rest.shift();
    first = conjunction(rest);
    if (rest.shift()?.type !== "close") throw invalid();
  } else first = [[comparison(rest)]];
  return { bareAlternatives: isWord(rest[0], "or"), groups: withAlternatives(first, rest) };
}

function withAlternatives(first: Clause[][], rest: Token[]): Clause[][] {
  if (!isWord(rest[0], "or")) return first;
  const alternatives = [...single(first)];
  while (isWord(rest[0], "or")) {
    rest.shift();
    if (rest[0]?.type === "open") {
      rest.shift();
      alternatives.push(...single(conjunction(rest)));
      if (rest.shift()?.type !== "close") throw invalid();
    } else alternatives.push(comparison(rest));
  }
  return [alternatives];
}

/** Only one group can be an alternative of others: `(a and b) or c` is not in the documented grammar. */
function single(groups: Clause[][]): Clause[] {
  if (groups.length !== 1) throw invalid();
  return groups[0] as Clause[];
}

const isWord = (item: Token | undefined, word: string): boolean =>
  item?.type === "word" && item.value.toLowerCase() === word;

function comparison(rest: Token[]): Clause {
  const [property, operator, value] = rest.splice(0, 3);
  if (property?.type !== "word" || operator?.type !== "word" || value === undefined) throw invalid();
  if (property.value === "lastModifiedDateTime") {
    if ((operator.value !== "gt" && operator.value !== "lt") || value.type !== "word") throw invalid();
    return { date: { operator: operator.value, instant: dateTimeOffset(value.value) } };
  }
  if (value.type !== "text") throw invalid();
  return { sender: sender(property.value, operator.value, value.value) };
}

const userTypes = [
  "aadUser",
  "onPremiseAadUser",
  "anonymousGuest",
  "federatedUser",
  "personalMicrosoftAccountUser",
  "skypeUser",
  "phoneUser",
];
const applicationTypes = ["aadApplication", "bot", "tenantBot", "office365Connector", "outgoingWebhook"];

function sender(property: string, operator: string, value: string): SenderClause {
  if (property === "messageType" && value === "systemEventMessage" && (operator === "eq" || operator === "ne")) {
    return { property, equal: operator === "eq", value };
  }
  if (operator !== "eq") throw invalid();
  if (property === "from/user/id" && value !== "") return { property: "userId", value };
  if (property === "from/user/userIdentityType" && userTypes.includes(value))
    return { property: "userIdentityType", value };
  if (property === "from/application/applicationIdentityType" && applicationTypes.includes(value)) {
    return { property: "applicationIdentityType", value };
  }
  throw invalid();
}

const shape = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,7})?(Z|[+-]\d{2}:\d{2})$/;

/** An OData DateTimeOffset in ms; up to seven digits of a second count. */
function dateTimeOffset(text: string): number {
  const found = shape.exec(text);
  if (found === null) throw invalid();
  const [, seconds = "", fraction = "", zone = ""] = found;
  const ms = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(ms)) throw invalid();
  // 2026-02-31 parses in V8 as 3 March; Graph refuses it.
  const day = Number(seconds.slice(8, 10));
  const lastDay = new Date(Date.UTC(Number(seconds.slice(0, 4)), Number(seconds.slice(5, 7)), 0)).getUTCDate();
  if (day > lastDay) throw invalid();
  return ms + (fraction === "" ? 0 : Number(`0${fraction}`) * 1000);
}
