import type { Secret } from "../platform/secret.ts";

/** The only place where secrets lie. Names have letters, digits and dashes. A secret that was put is there after a crash.
 * Errors: `secrets.unavailable` when a retry may help; anything else is a bug or a wrong key. */
export interface SecretStore {
  get(name: string): Promise<Secret | undefined>;
  put(name: string, secret: Secret): Promise<void>;
  /** What is not there is gone already. */
  delete(name: string): Promise<void>;
}
