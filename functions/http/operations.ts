import { z } from "zod";
import { type OperationState, type OperationsDeps, getOperation } from "../../shared/operations/operations.ts";
import { id } from "../../shared/platform/ids.ts";
import { ORGANIZATION_ADMIN, SIGNED_IN } from "../runtime/access-rule.ts";
import type { DurableStarter } from "../runtime/durable-starter.ts";
import { route } from "../runtime/route.ts";
import { operationShape, showOperation } from "./operation-shape.ts";

export interface Operations extends OperationsDeps {
  /** Throws `credentials.not_connected` while there is nothing to read the users through. */
  readonly refreshAccounts: (
    durable: DurableStarter,
    organizationId: string,
    principalId: string,
  ) => Promise<OperationState>;
}

export const operationRoutes = (deps: Operations) => [
  route({
    name: "refreshAccountsNow",
    method: "POST",
    path: "organizations/{organizationId}/accounts/refresh",
    summary: "Read the tenant's users again",
    who: ORGANIZATION_ADMIN,
    params: z.object({ organizationId: id }),
    idempotent: true,
    responses: { 202: operationShape },
    async handle({ params, caller, durable }) {
      const started = await deps.refreshAccounts(durable, params.organizationId, caller.id);
      return { status: 202, location: `/api/operations/${started.id}`, body: showOperation(started) };
    },
  }),
  route({
    name: "getOperation",
    method: "GET",
    path: "operations/{operationId}",
    summary: "How far started work is; for who started it",
    who: SIGNED_IN,
    params: z.object({ operationId: id }),
    responses: { 200: operationShape },
    async handle({ params, caller, durable }) {
      const asked = { operationId: params.operationId, principalId: caller.id };
      return { status: 200, body: showOperation(await getOperation(deps, durable, asked)) };
    },
  }),
];
