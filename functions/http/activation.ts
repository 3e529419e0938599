import { z } from "zod";
import type { Selection } from "../../shared/accounts/activate-accounts.ts";
import { outcomeText } from "../../shared/backup/outcome-text.ts";
import { id } from "../../shared/platform/ids.ts";
import { ORGANIZATION_ADMIN } from "../runtime/access-rule.ts";
import { route } from "../runtime/route.ts";
import { accountSelection } from "./account-selection.ts";

interface Changed {
  readonly changed: number;
  readonly unchanged: number;
}
type Activated = Changed & { readonly refused: readonly { readonly accountId: string; readonly code: string }[] };

export interface Activation {
  /** Throws while private-chat backup does not work for the organization. */
  readonly activate: (organizationId: string, selection: Selection) => Promise<Activated>;
  readonly deactivate: (organizationId: string, selection: Selection) => Promise<Changed>;
}

const params = z.object({ organizationId: id });
const changes = z.object({ changed: z.number().int(), unchanged: z.number().int() });
const refusal = z.object({ accountId: id, code: z.string(), text: z.string(), remedy: z.string() });
/** As many as somebody reads; of more it is said how many they are. */
const MOST_REFUSED = 100;

export const activationRoutes = ({ activate, deactivate }: Activation) => [
  route({
    name: "activateAccounts",
    method: "POST",
    path: "organizations/{organizationId}/accounts/activate",
    summary: "Back these accounts up from now on; those that cannot be, because they have left for good, are named",
    who: ORGANIZATION_ADMIN,
    params,
    body: accountSelection,
    responses: {
      200: changes.extend({
        refused: z
          .array(refusal)
          .optional()
          .meta({ description: `The first ${MOST_REFUSED} of them` }),
        refusedCount: z.number().int().optional().meta({ description: "How many are refused; absent when none is" }),
      }),
    },
    async handle({ params, body, log }) {
      const { refused, ...done } = await activate(params.organizationId, body);
      log.info("accounts.activated", { organizationId: params.organizationId, ...done, refused: refused.length });
      const named = refused.slice(0, MOST_REFUSED).map((one) => ({ ...one, ...outcomeText(one.code) }));
      const told = named.length === 0 ? {} : { refused: named, refusedCount: refused.length };
      return { status: 200, body: { ...done, ...told } };
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
    responses: { 200: changes },
    async handle({ params, body, log }) {
      const done = await deactivate(params.organizationId, body);
      log.info("accounts.deactivated", { organizationId: params.organizationId, ...done });
      return { status: 200, body: done };
    },
  }),
];
