import { ClientSecretCredential } from "@azure/identity";
import { Client } from "@microsoft/microsoft-graph-client";
import { TokenCredentialAuthenticationProvider } from "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";
import type { ChatMessage, User } from "@microsoft/microsoft-graph-types";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { startTrusted } from "../../support/simulator.ts";

let simulator: Simulator;
let client: Client;

beforeAll(async () => {
  simulator = await startTrusted();
  const { tenantId, clientId, clientSecret } = simulator.tenant;
  const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
    authorityHost: simulator.authorityUrl,
    disableInstanceDiscovery: true,
  });
  client = Client.initWithMiddleware({
    authProvider: new TokenCredentialAuthenticationProvider(credential, { scopes: [`${simulator.graphUrl}/.default`] }),
    baseUrl: simulator.graphUrl,
    customHosts: new Set(["localhost"]),
  });
});
afterAll(() => simulator.stop());

test("the published credential and client read users over TLS", async () => {
  const { value } = (await client.api("/users").select("id,displayName,accountEnabled").top(5).get()) as {
    value: User[];
  };
  expect(value).toHaveLength(5);
  expect(Object.keys(value[0] ?? {})).toEqual(["id", "displayName", "accountEnabled"]);
});

test("the published client pages through an export by nextLink", async () => {
  const account = simulator.query.accounts().find((a) => a.messages > 100);
  const from = "2025-09-01T00:00:00Z";
  const seen = new Set<string>();
  let url: string | undefined =
    `/users/${account?.id}/chats/getAllMessages?$top=50&$filter=lastModifiedDateTime gt ${from} and lastModifiedDateTime lt 2026-04-01T00:00:00Z`;
  while (url !== undefined) {
    const page = (await client.api(url).header("Prefer", "include-unknown-enum-members").get()) as {
      value: ChatMessage[];
      "@odata.nextLink"?: string;
    };
    for (const message of page.value) seen.add(`${message.chatId}|${message.id}`);
    url = page["@odata.nextLink"];
  }
  const held = [...simulator.query.messages(account?.id ?? "", {})].map((json) => JSON.parse(json) as ChatMessage);
  const expected = held.filter((m) => (m.lastModifiedDateTime ?? "") > "2025-09-01");
  expect(seen.size).toBe(expected.length);
});

test("the published client reads a picture's bytes", async () => {
  const account = simulator.query
    .accounts()
    .find((a) => [...simulator.query.contents(a.id, {})].some((c) => c.kind === "hosted" && c.available));
  const picture = [...simulator.query.contents(account?.id ?? "", {})].find((c) => c.kind === "hosted" && c.available);
  const stream = (await client
    .api(
      `/chats/${picture?.chatId}/messages/${picture?.messageId}/hostedContents/${encodeURIComponent(picture?.reference ?? "")}/$value`,
    )
    .getStream()) as ReadableStream<Uint8Array>;
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  expect(bytes).toBe(picture?.bytes);
});
