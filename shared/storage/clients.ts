import { TableClient } from "@azure/data-tables";
import { DefaultAzureCredential } from "@azure/identity";
import { BlobServiceClient } from "@azure/storage-blob";
import type { StorageLocation } from "../platform/config.ts";
import { AppError } from "../platform/errors.ts";

/** The services of one storage account. */
export interface StorageClients {
  readonly blobs: BlobServiceClient;
  /** Throws when the location names no table service. */
  table(name: string): TableClient;
}

export function storageClients(location: StorageLocation): StorageClients {
  if (location.kind === "connectionString") {
    const text = location.connectionString.reveal();
    return {
      blobs: BlobServiceClient.fromConnectionString(text),
      table: (name) => TableClient.fromConnectionString(text, name, { allowInsecureConnection: true }),
    };
  }
  const credential = new DefaultAzureCredential();
  const { blobServiceUri, tableServiceUri } = location;
  return {
    blobs: new BlobServiceClient(blobServiceUri, credential),
    table: (name) => {
      if (!tableServiceUri) throw new AppError("internal", "config.storage", "No table service address is set");
      return new TableClient(tableServiceUri, name, credential);
    },
  };
}
