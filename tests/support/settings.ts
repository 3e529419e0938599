import type { Simulator } from "../../local/graph-simulator/simulator.ts";

/** Settings with which the app starts; nothing answers at their addresses unless a test says so. */
export const settings = (given: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  AUTH_ISSUER: "http://127.0.0.1:9/{tenantid}/v2.0",
  AUTH_AUDIENCE: "api://teams-chat-vault",
  AUTH_JWKS_URL: "http://127.0.0.1:9/keys",
  DATA_STORAGE:
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:9/devstoreaccount1;TableEndpoint=http://127.0.0.1:9/devstoreaccount1",
  SECRETS_FILE: "/nowhere/secrets.json",
  SECRETS_KEY: Buffer.alloc(32, 1).toString("base64"),
  PUBLIC_BASE_URL: "http://localhost:7071",
  PORTAL_URL: "http://localhost:7071/portal",
  ...given,
});

/** Settings with which Graph and Entra are those of a simulator. */
export const simulated = ({
  graphUrl,
  authorityUrl,
  contentHost,
  caFile,
}: Pick<Simulator, "graphUrl" | "authorityUrl" | "contentHost" | "caFile">): Record<string, string> => ({
  GRAPH_BASE_URL: graphUrl,
  ENTRA_AUTHORITY_HOST: authorityUrl,
  CONTENT_HOSTS: contentHost,
  NODE_EXTRA_CA_CERTS: caFile,
});
