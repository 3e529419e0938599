import { afterAll, beforeAll } from "vitest";
import { type Azurite, startAzurite } from "../../local/azurite.ts";
import type { StorageClients } from "../../shared/storage/clients.ts";
import { clientsOf } from "./storage.ts";

/** An Azurite for the tests of one file, from before the first of them until after the last. */
export function ownStorage(): StorageClients {
  let started: StorageClients | undefined;
  const clients = (): StorageClients => {
    if (!started) throw new Error("Storage is there once the tests begin");
    return started;
  };
  let azurite: Azurite | undefined;
  beforeAll(async () => {
    azurite = await startAzurite();
    started = clientsOf(azurite);
  });
  afterAll(() => azurite?.stop());
  return {
    get blobs() {
      return clients().blobs;
    },
    table: (name) => clients().table(name),
  };
}
