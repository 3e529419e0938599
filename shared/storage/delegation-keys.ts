import type { BlobServiceClient, UserDelegationKey } from "@azure/storage-blob";
import type { Instant } from "../platform/time.ts";
import { storageCall } from "./storage-call.ts";

/** Keys live at most 7 days by Azure's rules; one of a few hours serves many links. */
const KEY_MS = 4 * 3_600_000;
const SKEW_MS = 15 * 60_000;

export interface DelegationKeys {
  /** A key that is good until then at least. */
  until(expiresAt: Instant): Promise<UserDelegationKey>;
}

/** Asks for user delegation keys (needs the role Storage Blob Delegator) and uses each while it lasts. */
export function delegationKeys(service: BlobServiceClient, now: () => Instant): DelegationKeys {
  let known: { readonly key: UserDelegationKey; readonly until: Instant } | undefined;
  return {
    async until(expiresAt) {
      if (known && known.until >= expiresAt) return known.key;
      const until = Math.max(expiresAt, now() + KEY_MS);
      const key = await storageCall(() => service.getUserDelegationKey(new Date(now() - SKEW_MS), new Date(until)));
      known = { key, until };
      return key;
    },
  };
}
