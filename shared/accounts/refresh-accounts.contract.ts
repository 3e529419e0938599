import { z } from "zod";
import { activity, step } from "../platform/activity.contract.ts";

export const refreshAccountsInput = z.object({ organizationId: z.string(), operationId: z.string() });

/** Reads the tenant's users into the directory. */
export const refreshDirectory = activity({
  name: "refreshDirectory",
  input: z.object({ organizationId: z.string() }),
  output: step(z.object({ accounts: z.number(), added: z.number(), left: z.number() })),
});

/** The name of the orchestrator, and the instance that is the lock of an organization's directory. */
export const REFRESH_ACCOUNTS = "refreshAccounts";
export const refreshInstance = (organizationId: string): string => `accounts:${organizationId}`;
