import { z } from "zod";
import { activity, step } from "../../platform/activity.contract.ts";
import { id } from "../../platform/ids.ts";

const organization = z.object({ organizationId: id });
const erasure = z.object({ approvalId: id, accountId: id });

/** Runs under the id of the organization's backups, so that neither begins while the other works. */
export const ERASE = "eraseAccounts";
/** `attempt`: a new id for each start. */
export const eraseInput = organization.extend({ attempt: id });
export const nextErasure = activity({
  name: "nextErasure",
  input: organization,
  output: step(z.object({ erasure: erasure.nullable() })),
});
export const eraseAccount = activity({
  name: "eraseAccount",
  input: eraseInput.extend(erasure.shape),
  output: step(z.object({})),
});
export const failErasure = activity({
  name: "failErasure",
  input: organization.extend({ ...erasure.shape, code: z.string() }),
  output: step(z.object({})),
});

/** Runs under the id of the organization's backups, too. `retentionId` is new for each start. */
export const RETENTION = "applyRetention";
const retention = organization.extend({ retentionId: id });
/** `after`: the last account of the generation before. */
export const retentionInput = retention.extend({ after: id.nullable() });
export const planRetention = activity({
  name: "planRetention",
  input: retentionInput,
  output: step(z.object({ accountIds: z.array(id) })),
});
export const retainAccount = activity({
  name: "retainAccount",
  input: retention.extend({ accountId: id }),
  output: step(z.object({})),
});
