import { z } from "zod";

export const plan = z.enum(["Backup", "Archiver"]);
export type Plan = z.infer<typeof plan>;

/** What people call it: 1 to 200 characters, no control characters, no halves of characters, no blanks around it. */
export const displayName = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .max(200, "may have 200 characters at most")
  .regex(/^[^\p{Cc}]*$/u, "must not hold control characters")
  .refine((name) => name.isWellFormed(), "must not hold half of a character (a lone surrogate)");

const HOUR = "must be a whole number from 0 to 23";
const DAYS = "must be a whole number of days from 1 to 36500, or null to keep everything";

/** When the daily run is due: an hour of the day in an IANA time zone. */
export const schedule = z.strictObject({
  hour: z.number(HOUR).int(HOUR).min(0, HOUR).max(23, HOUR),
  timeZone: z.string().max(64).refine(isTimeZone, "must be an IANA time zone, such as Europe/Berlin"),
});
export const retention = z.strictObject({ days: z.number(DAYS).int(DAYS).min(1, DAYS).max(36_500, DAYS).nullable() });
export const autoActivate = z
  .strictObject({ mode: z.enum(["off", "all", "group"]), groupId: z.guid().optional() })
  .refine(({ mode, groupId }) => (mode === "group") === (groupId !== undefined), {
    message: "is needed for mode group, and for no other",
    path: ["groupId"],
  });

export interface Partner {
  readonly partnerId: string;
  readonly name: string;
  readonly privateChat: boolean;
  readonly createdAt: number;
}

export interface Organization {
  readonly organizationId: string;
  readonly partnerId: string;
  readonly name: string;
  readonly plan: Plan;
  /** The organization's own switch; the feature works only while the partner's is on too. */
  readonly privateChat: boolean;
  readonly schedule: z.infer<typeof schedule>;
  readonly preview: boolean;
  readonly retentionDays: number | null;
  readonly autoActivate: z.infer<typeof autoActivate>;
  readonly createdAt: number;
  /** When an administrator of the tenant last gave consent. */
  readonly consentedAt?: number;
}

/** A stored thing with the version that a change must name. */
export interface Versioned<T> {
  readonly value: T;
  readonly version: string;
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "" && !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
