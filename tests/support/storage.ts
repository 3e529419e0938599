import type { Azurite } from "../../local/azurite.ts";
import { Secret } from "../../shared/platform/secret.ts";
import { type StorageClients, storageClients } from "../../shared/storage/clients.ts";

/** The product's own clients of that Azurite. */
export const clientsOf = ({ connectionString }: Azurite): StorageClients =>
  storageClients({ kind: "connectionString", connectionString: new Secret(connectionString) });
