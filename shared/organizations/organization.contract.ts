import { z } from "zod";

export const plan = z.enum(["Backup", "Archiver"]);
export type Plan = z.infer<typeof plan>;

/** What people call it: 1 to 200 characters, no control characters, no blanks around it. */
export const displayName = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .max(200, "may have 200 characters at most")
  .regex(/^[^\p{Cc}]*$/u, "must not hold control characters");

/** When the daily run is due: an hour of the day in an IANA time zone. */
export const schedule = z.strictObject({
  hour: z.number().int().min(0).max(23),
  timeZone: z.string().max(64).refine(isTimeZone, "is not an IANA time zone"),
});
export const retention = z.strictObject({ days: z.number().int().min(1).max(36_500).nullable() });
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
