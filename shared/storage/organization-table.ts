import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import { type Organization, plan } from "../organizations/organization.contract.ts";
import type { OrganizationStore } from "../organizations/stores.ts";
import { table } from "./table.ts";

const row = z.object({
  partnerId: z.string(),
  name: z.string(),
  plan,
  privateChat: z.boolean(),
  scheduleHour: z.number(),
  scheduleTimeZone: z.string(),
  preview: z.boolean(),
  retentionDays: z.number().optional(),
  autoActivate: z.enum(["off", "all", "group"]),
  autoActivateGroupId: z.string().optional(),
  createdAt: z.number(),
  consentedAt: z.number().optional(),
});
type Stored = z.infer<typeof row>;
const index = z.object({});

const profile = (organizationId: string) => ({ partitionKey: organizationId, rowKey: "profile" });
const ofPartner = (partnerId: string) => `partner|${partnerId}`;

/** Partition organizationId, row `profile`; and an index row per organization under `partner|{partnerId}`. */
export function organizationTable(client: TableClient): OrganizationStore {
  const rows = table(client, row);
  const byPartner = table(client, index);
  return {
    async find(organizationId) {
      const found = await rows.get(profile(organizationId));
      return found && { value: fromRow(organizationId, found.value), version: found.etag };
    },
    async insert(organization) {
      const { organizationId, partnerId } = organization;
      // The profile first: an index row must never name what is not there.
      await rows.insert(profile(organizationId), toRow(organization));
      await byPartner.upsert({ partitionKey: ofPartner(partnerId), rowKey: organizationId }, {});
    },
    replace: (organization, etag) =>
      rows.replace({ ...profile(organization.organizationId), etag }, toRow(organization)),
    async pageOfPartner(partnerId, limit, after) {
      return (await byPartner.page(ofPartner(partnerId), limit, after)).map(({ rowKey }) => rowKey);
    },
  };
}

function toRow(organization: Organization): Stored {
  const { organizationId: _, schedule, retentionDays, autoActivate, consentedAt, ...same } = organization;
  return {
    ...same,
    scheduleHour: schedule.hour,
    scheduleTimeZone: schedule.timeZone,
    retentionDays: retentionDays ?? undefined,
    autoActivate: autoActivate.mode,
    autoActivateGroupId: autoActivate.groupId,
    consentedAt,
  };
}

function fromRow(organizationId: string, stored: Stored): Organization {
  const { scheduleHour, scheduleTimeZone, retentionDays, autoActivate, autoActivateGroupId, consentedAt, ...same } =
    stored;
  return {
    ...same,
    organizationId,
    schedule: { hour: scheduleHour, timeZone: scheduleTimeZone },
    retentionDays: retentionDays ?? null,
    autoActivate: { mode: autoActivate, groupId: autoActivateGroupId },
    ...(consentedAt === undefined ? {} : { consentedAt }),
  };
}
