import { z } from "zod";
import type { Selection } from "../../shared/accounts/activate-accounts.ts";
import { id } from "../../shared/platform/ids.ts";
import { ORGANIZATION_ADMIN } from "../runtime/access-rule.ts";
import { route } from "../runtime/route.ts";
import { accountSelection } from "./account-selection.ts";

interface Changed {
  readonly changed: number;
  readonly unchanged: number;
}

export interface Activation {
  /** Throws while private-chat backup does not work for the organization. */
  readonly activate: (organizationId: string, selection: Selection) => Promise<Changed>;
  readonly deactivate: (organizationId: string, selection: Selection) => Promise<Changed>;
}

const params = z.object({ organizationId: id });
const responses = { 200: z.object({ changed: z.number().int(), unchanged: z.number().int() }) };

export const activationRoutes = ({ activate, deactivate }: Activation) => [
  route({
    name: "activateAccounts",
    method: "POST",
    path: "organizations/{organizationId}/accounts/activate",
    summary: "Back these accounts up from now on",
    who: ORGANIZATION_ADMIN,
    params,
    body: accountSelection,
    responses,
    async handle({ params, body, log }) {
      const done = await activate(params.organizationId, body);
      log.info("accounts.activated", { organizationId: params.organizationId, ...done });
      return { status: 200, body: done };
    },
  }),
  route({
    name: "deactivateAccounts",
    method: "POST",
    path: "organizations/{organizationId}/accounts/deactivate",
    summary: "Back these accounts up no longer; what is stored stays",
    who: ORGANIZATION_ADMIN,
    params,
    body: accountSelection,
    responses,
    async handle({ params, body, log }) {
      const done = await deactivate(params.organizationId, body);
      log.info("accounts.deactivated", { organizationId: params.organizationId, ...done });
      return { status: 200, body: done };
    },
  }),
];
