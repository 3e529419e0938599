import { join } from "node:path";
import type { SpawnedSimulator } from "./spawn-simulator.ts";

export interface LocalParts {
  readonly stateDirectory: string;
  readonly url: string;
  readonly connectionString: string;
  readonly secretsKey: string;
  readonly simulator?: SpawnedSimulator;
}

/** The app's settings in local mode: what is not given in the environment, or is blank there. Storage that the environment names
 * by addresses (`DATA_STORAGE__…`) is not named a second time. Graph and Entra are the simulator's while it runs, whatever the
 * environment says. */
export function localSettings(parts: LocalParts, given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { stateDirectory, url, connectionString, secretsKey, simulator } = parts;
  const filled = Object.fromEntries(Object.entries(given).filter(([, value]) => value?.trim()));
  const unnamed = ["AzureWebJobsStorage", "DATA_STORAGE"].filter(
    (name) => !Object.keys(filled).some((other) => other.startsWith(`${name}__`)),
  );
  const defaults = {
    ...Object.fromEntries(unnamed.map((name) => [name, connectionString])),
    AUTH_ISSUER: `${url}/local`,
    AUTH_AUDIENCE: "teams-chat-vault-local",
    AUTH_JWKS_URL: `${url}/local/jwks`,
    SECRETS_FILE: join(stateDirectory, "secrets.json"),
    SECRETS_KEY: secretsKey,
    PUBLIC_BASE_URL: url,
    PORTAL_URL: url,
  };
  const graph = simulator && {
    GRAPH_BASE_URL: simulator.graphUrl,
    ENTRA_AUTHORITY_HOST: simulator.authorityUrl,
    CONTENT_HOSTS: simulator.contentHost,
    NODE_EXTRA_CA_CERTS: simulator.caFile,
  };
  return { ...defaults, ...filled, ...graph, LOCAL_STATE_DIR: stateDirectory };
}
