import { createHmac, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../../shared/platform/config.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { createSeal, derivedKey } from "../../shared/platform/seal.ts";
import { storageClients } from "../../shared/storage/clients.ts";

/** What every area is built from. */
export function createBase(config: Config, log: Logger) {
  const key = (purpose: string) => derivedKey(config.secrets.key, purpose);
  const data = storageClients(config.storage.data);
  return {
    config,
    log,
    data,
    table: data.table,
    now: Date.now,
    sleep: (ms: number, signal?: AbortSignal): Promise<void> => sleep(ms, undefined, signal ? { signal } : {}),
    key,
    seal: (purpose: string) => createSeal(key(purpose)),
    /** Tells texts apart without showing anything of them. */
    fingerprint: (text: string) => createHmac("sha256", key("fingerprints")).update(text).digest("base64url"),
    newCode: () => randomBytes(32).toString("base64url"),
  };
}

export type Base = ReturnType<typeof createBase>;
