import { createHash, X509Certificate } from "node:crypto";
import { guidFrom, hexFrom } from "../tenant/random.ts";

export interface ClientSecret {
  /** The "secret id", which people paste by mistake (AADSTS7000215). */
  readonly id: string;
  readonly value: string;
  readonly expiresMs: number;
}

/** An app registration together with its service principal in the tenant. */
export interface App {
  readonly clientId: string;
  readonly objectId: string;
  secrets: ClientSecret[];
  /** PEM certificates that may sign client assertions. */
  certificates: string[];
  /** Application permissions that an admin granted; they go into the `roles` of new tokens. */
  roles: string[];
  /** Roles that the registration asks for; admin consent grants them. */
  readonly wanted: readonly string[];
  /** False: known to Entra, but nobody consented in this tenant (AADSTS700016). */
  consented: boolean;
  enabled: boolean;
}

export const allRoles: readonly string[] = [
  "Chat.Read.All",
  "User.Read.All",
  "Files.Read.All",
  "Sites.Read.All",
  "GroupMember.Read.All",
  "Organization.Read.All",
];

const year = 365 * 86_400_000;

export function makeApp(seed: string, name: string, nowMs: number, consented: boolean): App {
  const secret = (label: string, expiresMs: number): ClientSecret => ({
    id: guidFrom(seed, name, label, "id"),
    value: `${hexFrom(seed, name, label).slice(0, 6)}~${hexFrom(seed, name, label, "value")}Aa`,
    expiresMs,
  });
  return {
    clientId: guidFrom(seed, name, "app"),
    objectId: guidFrom(seed, name, "service principal"),
    secrets: [secret("current", nowMs + year), secret("expired", nowMs - year)],
    certificates: [],
    roles: consented ? [...allRoles] : [],
    wanted: allRoles,
    consented,
    enabled: true,
  };
}

/** Certificate of the app whose thumbprint an assertion's header names (`x5t` SHA-1 or `x5t#S256`). */
export function certificateFor(app: App, thumbprint: { x5t: unknown; x5tS256: unknown }): X509Certificate | undefined {
  return app.certificates
    .map((pem) => new X509Certificate(pem))
    .find((certificate) => {
      const digest = (algorithm: string): string => createHash(algorithm).update(certificate.raw).digest("base64url");
      return thumbprint.x5t === digest("sha1") || thumbprint.x5tS256 === digest("sha256");
    });
}
