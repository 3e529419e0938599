import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AccountRecord } from "../../../local/graph-simulator/control/tenant-query.ts";
import type { SimulatorOptions } from "../../../local/graph-simulator/options.ts";
import type { Stats } from "../../../local/graph-simulator/stats.ts";
import { smallSizes } from "../../support/simulator.ts";
import { trustSimulator } from "../../support/trust-simulator.ts";

interface Ready {
  readonly graphUrl: string;
  readonly authorityUrl: string;
  readonly contentHost: string;
  readonly caFile: string;
  readonly tenant: { readonly tenantId: string; readonly clientId: string; readonly clientSecret: string };
}

let stateDir: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  stateDir = mkdtempSync(join(tmpdir(), "simulator-state-"));
});
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(stateDir, { recursive: true, force: true });
});

function start(options: SimulatorOptions): ChildProcess {
  const child = spawn(process.execPath, ["local/graph-simulator/simulator-process.ts"], {
    env: {
      ...process.env,
      GRAPH_SIMULATOR_OPTIONS: JSON.stringify({ sizes: smallSizes, throttling: "off", ...options }),
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  children.push(child);
  return child;
}

async function ready(child: ChildProcess): Promise<Ready> {
  if (child.stdout === null) throw new Error("no stdout");
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return JSON.parse(line) as Ready;
}

const control = async (from: Ready, path: string, method = "GET", body?: unknown): Promise<unknown> => {
  const response = await fetch(`${from.graphUrl}/_simulator/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return response.headers.get("content-type")?.startsWith("application/x-ndjson")
    ? text.split("\n").filter(Boolean)
    : JSON.parse(text);
};

test("a process says where it is, is asked and changed from outside, and comes back as the same tenant", async () => {
  const child = start({ stateDir });
  const first = await ready(child);
  trustSimulator(first.caFile);
  const accounts = (await control(first, "accounts")) as AccountRecord[];
  const busiest = accounts.toSorted((a, b) => b.messages - a.messages)[0];
  const messages = (await control(first, `accounts/${busiest?.id}/messages`)) as string[];
  expect(messages).toHaveLength(busiest?.messages ?? -1);
  const from = "2026-01-01T00:00:00Z";
  const recent = (await control(first, `accounts/${busiest?.id}/messages?from=${from}`)) as string[];
  expect(recent.length).toBe(
    messages.filter((m) => (JSON.parse(m) as { createdDateTime: string }).createdDateTime >= from).length,
  );
  const contents = (await control(first, `accounts/${busiest?.id}/contents`)) as string[];
  expect(JSON.parse(contents[0] ?? "{}")).toMatchObject({
    kind: expect.stringMatching(/hosted|file/) as string,
    available: expect.any(Boolean) as boolean,
  });
  await control(first, "faults", "PUT", [{ kind: "paymentRequired", on: "export" }]);
  expect(await control(first, "faults")).toHaveLength(1);
  expect(((await control(first, "stats")) as Stats).faults).toBe(0);
  expect(await control(first, "throttling", "PUT", { throttling: "documented" })).toEqual({ done: true });
  expect(await control(first, "faults", "PUT", "not a list")).toHaveProperty("error");
  expect(await control(first, "nothing/here")).toHaveProperty("error");
  const key = JSON.parse(messages[0] ?? "{}") as { chatId: string; id: string };
  const edited = await control(first, "messages/edit", "POST", {
    chatId: key.chatId,
    messageId: key.id,
    fields: { body: { contentType: "text", content: "now" } },
  });
  expect(edited).toMatchObject({ id: key.id, body: { content: "now" } });

  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
  const again = await ready(start({ stateDir }));
  expect(again).toEqual(first);
  const kept = (await control(again, `accounts/${busiest?.id}/messages`)) as string[];
  expect(kept.filter((m) => !messages.includes(m)).map((m) => JSON.parse(m) as object)).toEqual([edited]);
  expect(kept).toHaveLength(messages.length);
});

describe("one process", () => {
  let child: ChildProcess;
  let simulator: Ready;
  beforeAll(async () => {
    child = start({});
    simulator = await ready(child);
  });

  test("keeps its port: a second one says so in one clear line and exits with 1", async () => {
    const port = Number(new URL(simulator.graphUrl).port);
    const second = start({ ports: { graph: port } });
    const errors: string[] = [];
    second.stderr?.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
    expect(await once(second, "close")).toEqual([1, null]);
    expect(errors.join("")).toBe(`simulator: port ${port} is taken\n`);
  });

  test("is trusted by another that was started with NODE_EXTRA_CA_CERTS", async () => {
    const { tenantId, clientId, clientSecret } = simulator.tenant;
    const script = `
      const { ClientSecretCredential } = await import("@azure/identity");
      const credential = new ClientSecretCredential("${tenantId}", "${clientId}", "${clientSecret}", { authorityHost: "${simulator.authorityUrl}", disableInstanceDiscovery: true });
      const { token } = await credential.getToken("${simulator.graphUrl}/.default");
      const response = await fetch("${simulator.graphUrl}/v1.0/organization", { headers: { Authorization: "Bearer " + token } });
      console.log(response.status);`;
    const client = spawn(process.execPath, ["--input-type=module", "-e", script], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: simulator.caFile },
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(client);
    const [line] = (await once(createInterface(client.stdout), "line")) as [string];
    expect(line).toBe("200");
  });

  test("ends when its parent's pipe closes", async () => {
    child.stdin?.end();
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});
