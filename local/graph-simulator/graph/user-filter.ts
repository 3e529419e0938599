import { badRequest } from "./graph-error.ts";

type User = Record<string, unknown>;

/**
 * The part of `$filter` on users that backup software uses: `and` of equality tests, and the licence count, which is an
 * advanced query and needs `$count=true` with `ConsistencyLevel: eventual`.
 */
export function userFilter(text: string | undefined, advanced: boolean): (user: User) => boolean {
  if (text === undefined) return () => true;
  const tests = text.split(/ and /i).map((clause) => test(clause.trim(), advanced));
  return (user) => tests.every((passes) => passes(user));
}

function test(clause: string, advanced: boolean): (user: User) => boolean {
  if (clause === "assignedLicenses/$count ne 0") {
    if (!advanced)
      throw badRequest(
        "The specified filter to the reference property query is currently not supported.",
        "Request_UnsupportedQuery",
      );
    return (user) => (user["assignedLicenses"] as unknown[]).length > 0;
  }
  const found =
    /^(accountEnabled|userType|id|userPrincipalName|mail|displayName) (eq|ne) (?:'((?:[^']|'')*)'|(true|false))$/.exec(
      clause,
    );
  if (found === null) throw badRequest(`Invalid filter clause: '${clause}'.`, "Request_UnsupportedQuery");
  const [, property = "", operator, quoted, bool] = found;
  if (operator === "ne" && !advanced)
    throw badRequest("Operator 'NotEqualsMatch' is not supported.", "Request_UnsupportedQuery");
  const wanted = bool === undefined ? (quoted ?? "").replaceAll("''", "'").toLowerCase() : bool === "true";
  return (user) => {
    const value = user[property];
    return ((typeof value === "string" ? value.toLowerCase() : value) === wanted) === (operator === "eq");
  };
}
