import { randomUUID } from "node:crypto";
import { bodyOf } from "../http/call.ts";
import { badRequest, GraphError, notFound } from "./graph-error.ts";
import { type GraphCall, type GraphDeps, sendJson } from "./graph-call.ts";
import { requireHandshake } from "./validation-handshake.ts";

interface Subscription {
  id: string;
  readonly appId: string;
  readonly resource: string;
  readonly changeType: string;
  expirationDateTime: string;
  /** Whatever else the subscriber sent. */
  readonly sent: Readonly<Record<string, unknown>>;
}

const minute = 60_000;
const longestMs = 4_320 * minute;
const shortestMs = 45 * minute;
const perOrganization = 10_000;
const perUser = 10;

const resources = [
  /^\/?chats\/getAllMessages$/i,
  /^\/?users\/[^/]+\/chats\/getAllMessages$/i,
  /^\/?chats\/[^/]+\/messages$/i,
];

export interface Subscriptions {
  readonly create: (deps: GraphDeps, call: GraphCall) => Promise<void>;
  readonly renew: (deps: GraphDeps, call: GraphCall) => Promise<void>;
  readonly remove: (deps: GraphDeps, call: GraphCall) => void;
  readonly list: (deps: GraphDeps, call: GraphCall) => void;
  readonly get: (deps: GraphDeps, call: GraphCall) => void;
  readonly reauthorize: (deps: GraphDeps, call: GraphCall) => void;
}

/** Change-notification subscriptions: rules, handshake and lifetimes. Nothing is delivered. */
export function makeSubscriptions(): Subscriptions {
  const live = new Map<string, Subscription>();
  const own = (deps: GraphDeps, call: GraphCall): Subscription => {
    for (const [id, s] of live) if (Date.parse(s.expirationDateTime) <= deps.now()) live.delete(id);
    const subscription = live.get(call.params["subscription"] ?? "");
    if (subscription === undefined || subscription.appId !== call.token.appId)
      throw notFound("The object was not found.");
    return subscription;
  };
  return {
    create: async (deps, call) => {
      const body = await jsonBody(call);
      const subscription = { ...accepted(deps, body, call.token.appId), id: randomUUID() };
      refuseDoubles(subscription, [...live.values()]);
      await requireHandshake(String(body["notificationUrl"]));
      if (body["lifecycleNotificationUrl"]) await requireHandshake(String(body["lifecycleNotificationUrl"]));
      live.set(subscription.id, subscription);
      sendJson(call, 201, shown(deps, subscription));
    },
    renew: async (deps, call) => {
      const subscription = own(deps, call);
      const body = await jsonBody(call);
      const updated = { ...subscription, sent: { ...subscription.sent, ...body } };
      if (body["expirationDateTime"] !== undefined)
        updated.expirationDateTime = expiration(
          deps,
          body["expirationDateTime"],
          Boolean(subscription.sent["lifecycleNotificationUrl"]),
        );
      live.set(subscription.id, updated);
      sendJson(call, 200, shown(deps, updated));
    },
    remove: (deps, call) => {
      live.delete(own(deps, call).id);
      call.response.writeHead(204).end();
    },
    list: (deps, call) => {
      const value = [...live.values()].filter(
        (s) => s.appId === call.token.appId && Date.parse(s.expirationDateTime) > deps.now(),
      );
      sendJson(call, 200, { value: value.map((s) => shown(deps, s)) });
    },
    get: (deps, call) => sendJson(call, 200, shown(deps, own(deps, call))),
    reauthorize: (deps, call) => {
      own(deps, call);
      call.response.writeHead(204).end();
    },
  };
}

const shown = (deps: GraphDeps, { appId, sent, ...subscription }: Subscription): object => ({
  "@odata.context": `${deps.graphUrl()}/v1.0/$metadata#subscriptions/$entity`,
  ...sent,
  ...subscription,
  applicationId: appId,
  // Secrets of the subscriber are not echoed.
  encryptionCertificate: null,
});

async function jsonBody(call: GraphCall): Promise<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(await bodyOf(call.request));
    if (typeof body === "object" && body !== null) return body as Record<string, unknown>;
  } catch {
    // Falls through to the refusal below.
  }
  throw badRequest(
    "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
  );
}

function accepted(deps: GraphDeps, body: Record<string, unknown>, appId: string): Omit<Subscription, "id"> {
  const text = (name: string): string => {
    const value = body[name];
    if (typeof value !== "string" || value === "") throw invalid(`Subscription property '${name}' is required.`);
    return value;
  };
  const resource = text("resource");
  const changeType = text("changeType");
  if (!resources.some((pattern) => pattern.test(resource.split("?")[0] ?? "")))
    throw invalid(`Resource '${resource}' is not supported.`);
  if (!changeType.split(",").every((type) => ["created", "updated", "deleted"].includes(type.trim())))
    throw invalid(`changeType '${changeType}' is not valid.`);
  if (
    !text("notificationUrl").startsWith("https://") &&
    !/^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(text("notificationUrl"))
  )
    throw invalid("notificationUrl must be an https address.");
  if (typeof body["clientState"] === "string" && body["clientState"].length > 128)
    throw invalid("clientState must not be longer than 128 characters.");
  if (body["includeResourceData"] === true) requireCertificate(body);
  const expirationDateTime = expiration(deps, body["expirationDateTime"], Boolean(body["lifecycleNotificationUrl"]));
  return { sent: body, appId, resource, changeType, expirationDateTime };
}

function requireCertificate(body: Record<string, unknown>): void {
  const id = body["encryptionCertificateId"];
  if (typeof body["encryptionCertificate"] !== "string" || typeof id !== "string" || id.length > 128) {
    throw invalid(
      "encryptionCertificate and encryptionCertificateId (at most 128 characters) are required when includeResourceData is set to true.",
    );
  }
}

const invalid = (message: string): GraphError => new GraphError(400, "InvalidRequest", message);

/** At most three days; below 45 minutes is raised to 45; over an hour needs a lifecycle address given at creation. */
function expiration(deps: GraphDeps, value: unknown, lifecycle: boolean): string {
  const wanted = Date.parse(String(value));
  if (Number.isNaN(wanted) || wanted <= deps.now()) throw invalid("Subscription expiration must be in the future.");
  const lifetime = wanted - deps.now();
  if (lifetime > longestMs) throw invalid(`Subscription expiration can only be 4320 minutes in the future.`);
  if (lifetime > 60 * minute && !lifecycle)
    throw invalid(
      "lifecycleNotificationUrl is a required property for subscription creation on this resource when the expirationDateTime value is set to greater than 1 hour.",
    );
  return new Date(deps.now() + Math.max(shortestMs, lifetime)).toISOString();
}

function refuseDoubles(wanted: Subscription, live: readonly Subscription[]): void {
  const sameResource = live.filter(
    (s) => s.appId === wanted.appId && s.resource.toLowerCase() === wanted.resource.toLowerCase(),
  );
  if (sameResource.some((s) => s.changeType === wanted.changeType))
    throw new GraphError(409, "ExtensionError", "Subscription already exists for the same resource and changeType.");
  if (/^\/?users\//i.test(wanted.resource) && sameResource.length >= perUser)
    throw new GraphError(403, "ExtensionError", `The limit of ${perUser} subscriptions per user has been reached.`);
  if (live.length >= perOrganization)
    throw new GraphError(
      403,
      "ExtensionError",
      `The limit of ${perOrganization} subscriptions per organization has been reached.`,
    );
}
