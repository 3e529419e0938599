import type { Reply } from "./conformance.ts";

/** Brings two recordings of the same to the same form: what differs from run to run is replaced by a name for it. */

/** Members that carry tracing, versions or .NET types; this host has none of them. */
const ignored = new Set([
  ...["$type", "Correlation", "ParentTraceContext", "ScheduledStartTime", "Generation", "GenerateNewTrace", "Tags"],
  ...[
    "FailureDetails",
    "ClientSpanId",
    "Version",
    "StackTrace",
    "Predecessor",
    "requestTime",
    "parentExecution",
    "Timestamp",
  ],
  ...["duration", "startTime", "sorter", "rpcBaseUrl"],
]);

/** Members whose value is a moment or depends on how long something took. */
const momentary = new Set([
  "createdTime",
  "lastUpdatedTime",
  "FireAt",
  "ScheduledTime",
  "lastOperationTime",
  "iso",
  "now",
  "a",
  "b",
]);

/** @param recorded the reply of the real host; where its body was cut, only the beginning is compared */
export function normalReply({ status, headers, body }: Reply, recorded: Reply): unknown {
  const names = Object.entries(headers).map(([name, value]) => [name, normalText(value)]);
  return { status, headers: Object.fromEntries(names) as object, body: normalBody(body, recorded.body) };
}

const cutMark = /…\(\d+ characters\)$/;

function normalBody(body: string, recorded: string): unknown {
  // Which instances a list begins with depends on ids that are made up.
  if (cutMark.test(recorded) && recorded.startsWith("[")) return body.slice(0, 1);
  if (cutMark.test(recorded)) return normalText(body.slice(0, recorded.replace(cutMark, "").length));
  try {
    return normalJson(JSON.parse(body));
  } catch {
    // The end of the last line was not recorded.
    return normalText(body.trimEnd());
  }
}

export function normalJson(value: unknown): unknown {
  if (typeof value === "string") return normalText(value);
  if (Array.isArray(value)) return sortOutcomes(value.map(normalJson));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value)
    .filter(([name]) => !ignored.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, normalMember(name, member)]));
}

function normalMember(name: string, member: unknown): unknown {
  if (name === "Details" && typeof member === "string") return "<details>";
  if (name === "ExceptionMessage" && /JToken|JSON|parsing/.test(String(member))) return "<what is wrong with the JSON>";
  if (momentary.has(name) && typeof member === "string" && /^\d{4}-|^[0-9a-f]{8}-/.test(member)) return `<${name}>`;
  if (name === "ms" && typeof member === "number") return "<ms>";
  return normalJson(member);
}

function normalText(text: string): string {
  // Messages of entities are JSON inside of JSON.
  if (/^\{"(\$type|op|parent|result|exists)"/.test(text)) return JSON.stringify(normalJson(JSON.parse(text)));
  // Long texts were cut in the recording.
  if (/^x{500}/.test(text)) return "<many x>";
  return text
    .replace(/\{\\*"(\$type|ClassName).*$/s, "<details>")
    .replace(/\{"Message":"Invalid JSON content".*$/s, "<details>")
    .replace(/StackTrace: .*$/s, "StackTrace: <stack>")
    .replace(/Additional info: .*$/s, "Additional info: <names>")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b/g, "<id>")
    .replace(/code=[^&"\\]+/g, "code=<key>")
    .replace(/http:\/\/(localhost|127\.0\.0\.1):\d+/g, "<host>");
}

/** Activities that run side by side end in any order, and lists are ordered by ids that differ from run to run. */
function sortOutcomes(items: unknown[]): unknown[] {
  const text = JSON.stringify;
  const sorted = (matches: (item: object) => boolean): unknown[] => {
    const isOne = (item: unknown): boolean => typeof item === "object" && item !== null && matches(item);
    const chosen = items.filter(isOne).sort((a, b) => (text(a) < text(b) ? -1 : 1));
    return items.map((item) => (isOne(item) ? chosen.shift() : item));
  };
  const isCompletion = (item: object): boolean => "EventType" in item && item.EventType === "TaskCompleted";
  return sorted((item) => isCompletion(item) || "instanceId" in item);
}
