import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { emptyResponse, type HostRequest, type HostResponse, jsonResponse } from "../http/message.ts";
import { type DurableUrls, managementUrls, webhookPath } from "./client-binding.ts";
import type { Engine } from "./engine.ts";
import { answerEntities } from "./entity-webhooks.ts";
import { eventType, type HistoryEvent, outsideEvent } from "./history.ts";
import { historyView, statusOf } from "./status.ts";
import { type Instance, type InstanceFilter, isEnded } from "./store.ts";

export interface Webhooks {
  readonly engine: Engine;
  readonly urls: DurableUrls;
}

/** The HTTP API of the Durable extension, which the durable client speaks too. @returns undefined for other paths */
export function answerWebhook(host: Webhooks, request: HostRequest): Promise<HostResponse> | HostResponse | undefined {
  const path = request.url.pathname;
  if (!path.toLowerCase().startsWith(webhookPath)) return undefined;
  const hub = request.url.searchParams.get("taskHub");
  if (hub !== null && hub.toLowerCase() !== host.urls.hubName.toLowerCase()) return emptyResponse(404);
  // An escaped slash would be part of an id, and no id may hold one.
  if (/%2f/i.test(path)) return emptyResponse(404);
  const [first, ...rest] = path.slice(webhookPath.length).split("/").filter(Boolean).map(decodeURIComponent);
  switch (first) {
    case "orchestrators":
      return request.method === "POST" ? start(host, request, rest) : emptyResponse(404);
    case "instances":
      return answerInstances(host, request, rest);
    case "entities":
      return answerEntities(host.engine, request, rest);
    default:
      return emptyResponse(404);
  }
}

/** Reads a JSON body; what is no JSON is answered in the words of the extension. */
export function readJson(request: HostRequest): { text: string } | HostResponse {
  try {
    return { text: JSON.stringify(JSON.parse(request.body.toString("utf8"))) };
  } catch (error) {
    const ExceptionMessage = error instanceof Error ? error.message : String(error);
    return jsonResponse(400, {
      Message: "Invalid JSON content",
      ExceptionMessage,
      ExceptionType: "Newtonsoft.Json.JsonReaderException",
    });
  }
}

async function start(host: Webhooks, request: HostRequest, [name, givenId]: string[]): Promise<HostResponse> {
  if (name === undefined) return emptyResponse(404);
  const body = request.body.length === 0 ? { text: null } : readJson(request);
  if ("status" in body) return body;
  const id = givenId ?? randomUUID().replaceAll("-", "");
  const conflict = host.engine.startInstance({ id, name, input: body.text });
  if (conflict !== undefined)
    return jsonResponse(409, { Message: `An Orchestration instance with the status ${conflict} already exists.` });
  const { searchParams } = request.url;
  const timeout = searchParams.get("timeout");
  if (timeout === null) return accepted(host, id);
  const ended = await waitForEnd(host.engine, id, Number(timeout), Number(searchParams.get("pollingInterval") ?? "1"));
  if (ended === undefined) return accepted(host, id);
  return ended.status === "Failed"
    ? jsonResponse(500, statusOf(ended, true))
    : jsonResponse(200, ended.status === "Completed" ? JSON.parse(ended.output ?? "null") : statusOf(ended, true));
}

async function waitForEnd(engine: Engine, id: string, timeoutS: number, pollS: number): Promise<Instance | undefined> {
  const until = Date.now() + timeoutS * 1000;
  for (;;) {
    const instance = engine.store.instance(id);
    if (instance !== undefined && isEnded(instance.status)) return instance;
    if (Date.now() >= until) return undefined;
    await sleep(Math.min(pollS * 1000, Math.max(until - Date.now(), 1)));
  }
}

function accepted({ urls }: Webhooks, id: string): HostResponse {
  const { rewindPostUri: _, ...links } = managementUrls(urls, encodeURIComponent(id));
  return jsonResponse(202, { ...links, id }, { location: links.statusQueryGetUri, "retry-after": "10" });
}

function answerInstances(host: Webhooks, request: HostRequest, [id, action, extra]: string[]): HostResponse {
  const { method } = request;
  if (id === undefined) {
    if (method === "GET") return list(host, request);
    return method === "DELETE" ? purgeMany(host, request) : emptyResponse(404);
  }
  if (action === undefined) {
    if (method === "GET") return status(host, request, id);
    return method === "DELETE" ? purgeOne(host, id) : emptyResponse(404);
  }
  if (method !== "POST") return emptyResponse(404);
  const reason = request.url.searchParams.get("reason");
  switch (action.toLowerCase()) {
    case "raiseevent":
      return raise(host, request, id, extra ?? "");
    case "terminate":
      return withRunning(host, id, () => host.engine.terminate(id, reason));
    case "suspend":
      return suspendOrResume(host, id, "suspend", reason);
    case "resume":
      return suspendOrResume(host, id, "resume", reason);
    case "rewind":
      return rewind(host, id);
    case "restart":
      return restart(host, request, id);
    default:
      return emptyResponse(404);
  }
}

function status({ engine }: Webhooks, request: HostRequest, id: string): HostResponse {
  const instance = engine.store.instance(id);
  if (instance === undefined) return emptyResponse(404);
  const flag = (name: string): boolean => request.url.searchParams.get(name)?.toLowerCase() === "true";
  const showInput = request.url.searchParams.get("showInput")?.toLowerCase() !== "false";
  const body = statusOf(instance, showInput);
  if (flag("showHistory")) {
    body["historyEvents"] = historyView(eventsOf(engine, instance), flag("showHistoryOutput"));
  }
  if (!isEnded(instance.status)) return jsonResponse(202, body, { location: request.url.href, "retry-after": "5" });
  const isFailure = instance.status === "Failed" && flag("returnInternalServerErrorOnFailure");
  return jsonResponse(isFailure ? 500 : 200, body);
}

/** An entity is shown as an orchestration that has just begun with the entity's state for its input. */
function eventsOf({ store }: Engine, { id, name, input, createdAt }: Instance): HistoryEvent[] {
  if (id === name && id.startsWith("@"))
    return [outsideEvent(eventType.executionStarted, createdAt, { Name: name, Input: input })];
  return store.history(id).map((text) => JSON.parse(text) as HistoryEvent);
}

/** Statuses and times that it does not understand are no conditions: so does the extension. */
function filterOf({ url: { searchParams } }: HostRequest): InstanceFilter {
  const time = (name: string): number | undefined => {
    const at = Date.parse(searchParams.get(name) ?? "");
    return Number.isNaN(at) ? undefined : at;
  };
  const known = ["Pending", "Running", "Suspended", "Completed", "Failed", "Terminated"];
  const asked = (searchParams.get("runtimeStatus") ?? "").split(",").map((each) => each.trim().toLowerCase());
  const [createdFrom, createdTo, prefix] = [
    time("createdTimeFrom"),
    time("createdTimeTo"),
    searchParams.get("instanceIdPrefix"),
  ];
  return {
    statuses: known.filter((each) => asked.includes(each.toLowerCase())),
    ...(createdFrom === undefined ? {} : { createdFrom }),
    ...(createdTo === undefined ? {} : { createdTo }),
    ...(prefix === null ? {} : { prefix }),
  };
}

/** The page size when nobody names one. */
const defaultTop = 100;

function list({ engine }: Webhooks, request: HostRequest): HostResponse {
  const { searchParams } = request.url;
  const top = Number(searchParams.get("top") ?? "0") || defaultTop;
  const token = request.headers["x-ms-continuation-token"];
  const from = token === undefined || token === "" ? {} : { from: Buffer.from(token, "base64").toString("utf8") };
  const found = engine.store.instances({ ...filterOf(request), ...from, limit: top + 1 });
  const showInput = searchParams.get("showInput")?.toLowerCase() !== "false";
  const body = found.slice(0, top).map((instance) => statusOf(instance, showInput));
  const next = found[top];
  const headers = next === undefined ? {} : { "x-ms-continuation-token": Buffer.from(next.id).toString("base64") };
  return jsonResponse(200, body, headers);
}

function purgeOne({ engine }: Webhooks, id: string): HostResponse {
  const instance = engine.store.instance(id);
  if (instance === undefined) return emptyResponse(404);
  if (!isEnded(instance.status))
    return jsonResponse(
      412,
      `Only orchestrations in a terminal state can be purged, but the orchestration with instance ID ${id} has status ${instance.status}`,
    );
  engine.purge([id]);
  return jsonResponse(200, { instancesDeleted: 1 });
}

function purgeMany({ engine }: Webhooks, request: HostRequest): HostResponse {
  const filter = filterOf(request);
  if (filter.createdFrom === undefined)
    return jsonResponse(400, "Please provide value for 'createdTimeFrom' parameter.");
  const ids = engine.store
    .instances(filter)
    .filter(({ status: each }) => isEnded(each))
    .map(({ id }) => id);
  if (ids.length === 0) return emptyResponse(404);
  engine.purge(ids);
  return jsonResponse(200, { instancesDeleted: ids.length });
}

function raise(host: Webhooks, request: HostRequest, id: string, name: string): HostResponse {
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    return jsonResponse(400, { Message: "Only application/json request content is supported" });
  return withRunning(host, id, () => {
    const body = readJson(request);
    if ("status" in body) return body;
    host.engine.raiseEvent(id, name, body.text);
    return undefined;
  });
}

function withRunning({ engine }: Webhooks, id: string, act: () => HostResponse | undefined | void): HostResponse {
  const instance = engine.store.instance(id);
  if (instance === undefined) return emptyResponse(404);
  if (isEnded(instance.status)) return emptyResponse(410);
  return act() ?? emptyResponse(202);
}

function suspendOrResume(
  host: Webhooks,
  id: string,
  action: "suspend" | "resume",
  reason: string | null,
): HostResponse {
  return withRunning(host, id, () => {
    const status = host.engine.store.instance(id)?.status;
    if ((status === "Suspended") === (action === "suspend"))
      return jsonResponse(500, {
        Message: "Something went wrong while processing your request",
        ExceptionMessage: `Cannot ${action} the orchestration instance ${id} because instance is in the ${status} state.`,
        ExceptionType: "System.InvalidOperationException",
      });
    host.engine[action](id, reason);
    return undefined;
  });
}

function rewind({ engine }: Webhooks, id: string): HostResponse {
  const instance = engine.store.instance(id);
  if (instance === undefined) return jsonResponse(404, `No orchestration with instance ID "$${id}" found.`);
  if (instance.status !== "Failed")
    return jsonResponse(
      412,
      `This orchestration has status ${instance.status}, but only orchestrations in the "Failed" state can be rewound.`,
    );
  return jsonResponse(501, "The local host does not rewind orchestrations.");
}

function restart(host: Webhooks, request: HostRequest, id: string): HostResponse {
  const instance = host.engine.store.instance(id);
  if (instance === undefined)
    return jsonResponse(400, {
      Message: "InstanceId does not match a valid orchestration instance.",
      ExceptionMessage: `No instance with ID '${id}' was found. (Parameter 'instanceId')`,
      ExceptionType: "System.ArgumentException",
    });
  const isSame = request.url.searchParams.get("restartWithNewInstanceId")?.toLowerCase() === "false";
  const nextId = isSame ? id : randomUUID().replaceAll("-", "");
  const conflict = host.engine.startInstance({ id: nextId, name: instance.name, input: instance.input });
  if (conflict !== undefined)
    return jsonResponse(409, { Message: `An Orchestration instance with the status ${conflict} already exists.` });
  return accepted(host, nextId);
}
