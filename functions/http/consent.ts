import { z } from "zod";
import type { ConsentResult, ConsentReturn } from "../../shared/organizations/consent.ts";
import { id } from "../../shared/platform/ids.ts";
import { ANYONE, ORGANIZATION_ADMIN } from "../runtime/access-rule.ts";
import type { DurableStarter } from "../runtime/durable-starter.ts";
import { route } from "../runtime/route.ts";

export interface Consent {
  readonly begin: (organizationId: string, principalId: string) => Promise<string>;
  readonly finish: (given: ConsentReturn) => Promise<ConsentResult>;
  /** Reads the tenant's users, if its app is connected already. */
  readonly refresh: (durable: DurableStarter, organizationId: string, principalId: string) => Promise<void>;
  /** Where people go on. */
  readonly portalUrl: string;
}

const text = z.string().max(8_000).optional();

export const consentRoutes = ({ begin, finish, refresh, portalUrl }: Consent) => [
  route({
    name: "reauthenticate",
    method: "POST",
    path: "organizations/{organizationId}/reauthenticate",
    summary: "The address at which an administrator of the tenant gives consent",
    who: ORGANIZATION_ADMIN,
    params: z.object({ organizationId: id }),
    responses: { 200: z.object({ consentUrl: z.url() }) },
    async handle({ params, caller }) {
      return { status: 200, body: { consentUrl: await begin(params.organizationId, caller.id) } };
    },
  }),
  route({
    name: "consentCallback",
    method: "GET",
    path: "consent/callback",
    summary: "Where Microsoft Entra sends the administrator back to",
    who: ANYONE,
    // The authority adds what it likes.
    query: z.looseObject({ state: text, error: text, admin_consent: text }),
    responses: { 302: null },
    async handle({ query, durable, log }) {
      const done = await finish(query);
      log.info("consent.returned", { result: done.result, organizationId: done.organizationId });
      if (done.result === "granted") await refresh(durable, done.organizationId, done.principalId);
      return { status: 302, location: back(portalUrl, done) };
    },
  }),
];

function back(portalUrl: string, { result, organizationId }: ConsentResult): string {
  const url = new URL(portalUrl);
  url.searchParams.set("consent", result);
  if (organizationId !== undefined) url.searchParams.set("organization", organizationId);
  return url.href;
}
