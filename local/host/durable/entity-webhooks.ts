import { emptyResponse, type HostRequest, type HostResponse, jsonResponse } from "../http/message.ts";
import { entityInstanceId } from "./actions.ts";
import type { Engine } from "./engine.ts";
import { entityStateOf, entityStatusOf } from "./status.ts";

/** The part of the durable HTTP API that speaks of entities: signal, read, list. */
export function answerEntities(engine: Engine, request: HostRequest, [name, key]: string[]): HostResponse {
  const { method } = request;
  if (method === "GET")
    return key === undefined || name === undefined ? list(engine, request, name) : read(engine, name, key);
  if (method !== "POST" || name === undefined || key === undefined) return emptyResponse(404);
  return signal(engine, request, name, key);
}

function signal(engine: Engine, request: HostRequest, name: string, key: string): HostResponse {
  if (!engine.functions.has("entity", name)) {
    const known = engine.functions
      .names("entity")
      .map((each) => `'${each}'`)
      .join(", ");
    return jsonResponse(400, {
      Message: `The function '${name.toLowerCase()}' doesn't exist, is disabled, or is not an entity function. Additional info: The following are the known entity functions: ${known}.`,
    });
  }
  const body = request.body.toString("utf8");
  engine.signalEntity(entityInstanceId({ name, key }), request.url.searchParams.get("op") ?? "", body || undefined);
  return emptyResponse(202);
}

function read(engine: Engine, name: string, key: string): HostResponse {
  const state = entityStateOf(engine.store.instance(entityInstanceId({ name, key })));
  return state === undefined ? emptyResponse(404) : jsonResponse(200, JSON.parse(state));
}

function list(engine: Engine, request: HostRequest, name: string | undefined): HostResponse {
  const prefix = name === undefined ? "@" : `@${name.toLowerCase()}@`;
  const fetchState = request.url.searchParams.get("fetchState")?.toLowerCase() === "true";
  const entities = engine.store.instances({ prefix }).filter(({ id, name: own }) => id === own);
  return jsonResponse(
    200,
    entities.map((each) => entityStatusOf(each, fetchState)).filter((each) => each !== undefined),
  );
}
