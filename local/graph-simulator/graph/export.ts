import type { Person } from "../tenant/people.ts";
import { seedOf } from "../tenant/random.ts";
import { type ExportFilter, parseExportFilter } from "./filter.ts";
import { GraphError, notFound } from "./graph-error.ts";
import { cutOf, type GraphCall, type GraphDeps, prefers, streamCollection } from "./graph-call.ts";
import { onlyOptions, topOf } from "./query-options.ts";
import { select, unordered, type Selection } from "./selection.ts";

const defaultPage = 50;
const timeoutPage = 1_000;
const strays = 20;
const padding = "x".repeat(30_000);

interface Position {
  /** Items before this page. */
  readonly offset: number;
  /** The page after this one's predecessor was empty already. */
  readonly emptied?: boolean;
  /** Makes its token long. */
  readonly padding?: string;
}

/** The account whose mailbox is asked; 404 where there never was one or its 30 days are over. */
export function requireMailbox(deps: GraphDeps, idOrUpn: string): Person {
  const person = deps.tenant.accountOf(idOrUpn);
  if (person === undefined || deps.tenant.stateOf(person) === "gone") {
    throw notFound(`No user found with the specified user id or principal name '${idOrUpn}'.`);
  }
  // People who left have lost their address; only the id still finds them.
  if (deps.tenant.stateOf(person) === "left" && person.id !== idOrUpn.toLowerCase()) throw notFound();
  return person;
}

/** getAllMessages and getAllRetainedMessages. */
export async function exportMessages(deps: GraphDeps, call: GraphCall, retained: boolean): Promise<void> {
  onlyOptions(call, ["$top", "$filter", "$skiptoken"]);
  const person = requireMailbox(deps, call.params["user"] as string);
  const top = Math.min(askedPage(call), deps.exportPageSize);
  const filterText = call.query.get("$filter");
  const filter: ExportFilter =
    filterText === undefined ? { after: null, before: null, senders: [] } : parseExportFilter(filterText);
  const scope = `${person.id}|${filterText ?? ""}|${retained}`;
  const position = positionOf(deps, call, scope);
  const selection = select(deps.tenant, person.id, filter, deps.now(), retained);
  const more = (at: Position): string => nextLink(call, person.id, deps, scope, at, retained);
  if (isEmptyPage(deps, call, scope, position, selection, top)) {
    return streamCollection(call, envelope(deps, 0, more({ ...position, emptied: true })), [], cutOf(call));
  }
  const end = Math.min(selection.length, position.offset + top);
  const ahead = { offset: end, ...(call.fault?.kind === "nextLinkLong" ? { padding } : {}) };
  let next = end < selection.length ? more(ahead) : undefined;
  if (call.fault?.kind === "nextLinkLoop") next = more(position);
  if (call.fault?.kind === "nextLinkBroken") next = more(position).replace(/users\('[^']*'\)/, "users/");
  deps.stats.add("exportedMessages", Math.max(0, end - position.offset));
  const items = [...page(deps, call, selection, position.offset, end, person.id)];
  if (call.fault?.kind === "strayRows") {
    const all = select(deps.tenant, person.id, { ...filter, after: null, before: null }, deps.now(), retained);
    const from = Math.min(position.offset, Math.max(0, all.length - strays));
    items.push(...page(deps, call, all, from, Math.min(all.length, from + strays), person.id));
  }
  await streamCollection(call, envelope(deps, items.length, next), items, cutOf(call));
}

function askedPage(call: GraphCall): number {
  const top = topOf(call) ?? defaultPage;
  // Reported: pages of a thousand run into the gateway's time limit.
  if (top >= timeoutPage)
    throw new GraphError(
      504,
      "GatewayTimeout",
      "The server, while acting as a proxy, did not receive a timely response from the upstream server it needed to access in attempting to complete the request.",
    );
  return top;
}

function positionOf(deps: GraphDeps, call: GraphCall, scope: string): Position {
  const text = call.query.get("$skiptoken");
  if (text === undefined) return { offset: 0 };
  return deps.skip.read(scope, text) as Position;
}

/** An empty page with a nextLink, at most one in a row and only inside scans of several pages. */
function isEmptyPage(
  deps: GraphDeps,
  call: GraphCall,
  scope: string,
  position: Position,
  selection: Selection,
  top: number,
): boolean {
  if (position.emptied) return false;
  if (call.fault?.kind === "emptyPage") return true;
  if (position.offset === 0 || position.offset >= selection.length) return false;
  const pages = Math.ceil(selection.length / top) - 1;
  const chosen = 1 + (seedOf(scope) % pages);
  return Math.floor(position.offset / top) === chosen && seedOf(scope, "empty") / 4294967296 < deps.emptyPageShare;
}

function envelope(deps: GraphDeps, count: number, next: string | undefined): Record<string, unknown> {
  return {
    "@odata.context": `${deps.graphUrl()}/v1.0/$metadata#Collection(chatMessage)`,
    "@odata.count": count,
    ...(next === undefined ? {} : { "@odata.nextLink": next }),
  };
}

/** Spelled otherwise than the documented request, as the official sample shows. */
function nextLink(
  call: GraphCall,
  userId: string,
  deps: GraphDeps,
  scope: string,
  at: Position,
  retained: boolean,
): string {
  const name = retained ? "getallRetainedMessages" : "getallMessages";
  const options = ["$top", "$filter", "model"].flatMap((option) => {
    const value = call.query.get(option);
    return value === undefined ? [] : [`${option}=${encodeURIComponent(value)}`];
  });
  const token = encodeURIComponent(deps.skip.write(scope, at)).replace(/%[0-9A-F]{2}/g, (e) => e.toLowerCase());
  return `${deps.graphUrl()}/${call.version}/users('${userId}')/chats/${name}?${[...options, `$skiptoken=${token}`].join("&")}`;
}

function* page(
  deps: GraphDeps,
  call: GraphCall,
  selection: Selection,
  from: number,
  to: number,
  userId: string,
): Generator<string> {
  const order = unordered(selection.length, userId);
  const known = prefers(call, "include-unknown-enum-members");
  for (let n = from; n < to; n++) {
    const place = selection.placeAt(order(n));
    const { chat, message, version } = selection.index;
    const json = deps.tenant.json(chat[place] as number, message[place] as number, version[place] as number);
    yield known ? json : withoutUnknownMembers(json);
  }
}

/** Members added to evolvable enumerations later arrive as `unknownFutureValue` unless the caller asks for them. */
export const withoutUnknownMembers = (json: string): string =>
  json
    .replace('"messageType":"systemEventMessage"', '"messageType":"unknownFutureValue"')
    .replaceAll('"userIdentityType":"emailUser"', '"userIdentityType":"unknownFutureValue"');
