import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { ContainerClient } from "@azure/storage-blob";
import type { ExportWindow } from "../../shared/backup/message-source.ts";
import { HISTORY_START } from "../../shared/backup/plan-windows.ts";
import { exportPath } from "../../shared/graph/message-source.ts";
import type { SimulatedApp } from "./simulated-app.ts";

const pack = promisify(gzip);

/** What any backup has to do at least: reads all pages of the accounts, so many accounts at a time, zips each page and puts
 * it. Answers the rows that came. */
export async function bareLoop(
  { simulator, api }: SimulatedApp,
  users: readonly string[],
  atOnce: number,
  window: ExportWindow = { from: HISTORY_START, to: Date.now() },
) {
  const container = api.data.blobs.getContainerClient(`bare-${Date.now()}`);
  await container.create();
  const token = await tokenOf(simulator);
  const waiting = users.map((user) => `${simulator.graphUrl}${exportPath(user, window)}`);
  let rows = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let first = waiting.shift(); first; first = waiting.shift()) {
        const brought = await oneUser(first, token, container);
        rows += brought;
      }
    }),
  );
  return rows;
}

async function oneUser(first: string, token: string, container: ContainerClient): Promise<number> {
  let rows = 0;
  for (let next: string | undefined = first; next !== undefined; ) {
    const answer = await fetch(next, { headers: { authorization: `Bearer ${token}` } });
    const body = await answer.text();
    const page = JSON.parse(body) as { value: unknown[]; "@odata.nextLink"?: string };
    const bytes = await pack(body);
    await container.getBlockBlobClient(crypto.randomUUID()).upload(bytes, bytes.length);
    rows += page.value.length;
    next = page["@odata.nextLink"];
  }
  return rows;
}

/** A token of the simulated tenant. */
export async function tokenOf({ authorityUrl, graphUrl, tenant }: SimulatedApp["simulator"]): Promise<string> {
  const { tenantId, clientId, clientSecret } = tenant;
  const answer = await fetch(`${authorityUrl}/${tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope: `${graphUrl}/.default`,
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}
