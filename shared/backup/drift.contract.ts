import { z } from "zod";
import { activity, step } from "../platform/activity.contract.ts";
import { id } from "../platform/ids.ts";

const drift = z.object({ organizationId: id, driftId: id });

export const DRIFT = "checkDrift";
export const driftInstance = (organizationId: string): string => `drift:${organizationId}`;
export const driftInput = drift;
export const compareWithGraph = activity({ name: "compareWithGraph", input: drift, output: step(z.object({})) });

/** A drift check as the API shows it. */
export const driftResource = z
  .object({
    id,
    checkedAt: z.string(),
    windows: z.number().meta({ description: "Stretches of a week that were read again, each of one account" }),
    messages: z.number().meta({ description: "Message versions that Graph returned for them" }),
    missing: z.number().meta({ description: "Messages of which the archive has no version" }),
    changed: z.number().meta({ description: "Messages whose present version the archive does not have" }),
    codes: z.array(z.string()).meta({ description: "Why stretches could not be read" }),
  })
  .meta({ id: "Drift" });
