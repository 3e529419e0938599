import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import type { DownloadResource } from "../../../shared/downloads/download.contract.ts";
import { hashId, newId } from "../../../shared/platform/new-id.ts";
import { call, DAYS, digests, ended, startWorld } from "../../support/download-host.ts";
import { readZip } from "../../support/zip-files.ts";

test("a download asked for over HTTP comes out the same, though the host is killed on the way", async () => {
  const { organizationId, accounts, start } = await startWorld();
  const list = `organizations/${organizationId}/downloads`;
  const ask = {
    accountIds: accounts,
    format: "csv",
    attachments: true,
    from: "2026-01-01",
    to: "2026-03-01",
    timeZone: "Europe/Berlin",
  };
  let host = await start();
  const asked = await call<DownloadResource>(host, "POST", list, ask);
  expect(asked.status).toBe(202);
  expect(asked.location).toBe(`/api/${list}/${asked.body.id}`);
  expect(asked.body).toMatchObject({ status: "Queued", progress: { done: 0, total: 12, percent: 0 } });
  for (const aliveMs of [60, 200, 350]) {
    await sleep(aliveMs);
    await host.kill();
    host = await start();
  }
  const path = `${list}/${asked.body.id}`;
  const done = await ended(host, path);
  expect(done).toMatchObject({
    status: "Ready",
    messages: 2 * DAYS,
    missing: [],
    progress: { done: 12, total: 12, percent: 100 },
  });
  expect(done.parts.map(({ accountId }) => accountId)).toEqual([
    ...Array(6).fill(accounts[0]),
    ...Array(6).fill(accounts[1]),
  ]);
  expect(await digests(host, path)).toEqual(done.parts.map((part) => part.sha256));

  const again = await call<DownloadResource>(host, "POST", list, { ...ask, accountIds: [...accounts].reverse() });
  const second = await ended(host, `${list}/${again.body.id}`);
  expect(second.parts.map((part) => part.sha256).sort()).toEqual(done.parts.map((part) => part.sha256).sort());

  const { body: page } = await call<{ items: DownloadResource[]; nextCursor: string }>(host, "GET", `${list}?top=1`);
  expect(page.items.map(({ id }) => id)).toEqual([second.id]);
  const rest = await call<{ items: DownloadResource[]; nextCursor: null }>(
    host,
    "GET",
    `${list}?top=1&cursor=${page.nextCursor}`,
  );
  expect([rest.body.items.map(({ id }) => id), rest.body.nextCursor]).toEqual([[done.id], null]);

  const history = await host.durable.status(
    `download:${asked.body.id}`,
    "?showHistory=true&showHistoryOutput=true&showInput=true",
  );
  expect(JSON.stringify(history)).not.toMatch(/adele|contoso|Adele|day \d/);

  expect((await call(host, "DELETE", path)).status).toBe(204);
  expect((await call(host, "GET", path)).status).toBe(404);
  const audit = await call<{ items: unknown[] }>(host, "GET", `organizations/${organizationId}/audit`);
  const said = (action: string, facts: object) => ({ action, facts, principal: { id: hashId("p"), name: "Somebody" } });
  expect(audit.body.items).toMatchObject([
    said("download.removed", { downloadId: done.id }),
    said("download.requested", { downloadId: second.id }),
    said("download.links_issued", {
      downloadId: done.id,
      links: 12,
      parts: done.parts.map(({ name }) => name).join("; "),
    }),
    said("download.requested", { downloadId: done.id, format: "csv", attachments: true, accounts: 2 }),
  ]);
  await host.stop();
}, 180_000);

test("more file sets than one generation of the orchestrator takes all come out", async () => {
  const { organizationId, accounts, start } = await startWorld(4);
  const host = await start();
  const list = `organizations/${organizationId}/downloads`;
  const asked = await call<DownloadResource>(host, "POST", list, {
    accountIds: accounts.slice(0, 1),
    format: "csv",
    attachments: false,
    from: "2026-01-01",
    to: "2026-10-01",
  });
  const done = await ended(host, `${list}/${asked.body.id}`);
  expect(done.windows).toHaveLength(28);
  expect(done).toMatchObject({ status: "Ready", messages: DAYS, progress: { done: 24, total: 24 } });
  const { body } = await call<{ links: { part: string; url: string }[] }>(host, "POST", `${list}/${done.id}/links`, {});
  const rows = await Promise.all(
    body.links.map(async ({ url }) => {
      const entries = await readZip(Buffer.from(await (await fetch(url)).arrayBuffer()));
      const found: Record<string, string>[] = parse(entries.get("messages.csv") ?? "", { bom: true, columns: true });
      return found;
    }),
  );
  expect(rows.flat().map((row) => row["text"])).toEqual(Array.from({ length: DAYS }, (_, day) => `day ${day}`));
  await host.stop();
}, 180_000);

test("bad requests are refused in words", async () => {
  const { organizationId, accounts, start } = await startWorld();
  const host = await start();
  const list = `organizations/${organizationId}/downloads`;
  const ask = { accountIds: accounts, format: "csv", attachments: true };
  const refused = async (more: object, status: number, code: string) => {
    const answer = await call<{ code: string }>(host, "POST", list, { ...ask, ...more });
    expect([answer.status, answer.body.code], JSON.stringify(more)).toEqual([status, code]);
  };
  await refused({ from: "2026-02-01", to: "2026-01-01" }, 400, "download.bad_range");
  await refused({ from: "2026-02-30" }, 400, "request.body");
  await refused({ timeZone: "Nowhere/Land" }, 400, "download.unknown_time_zone");
  await refused({ chatId: accounts[0] }, 400, "request.body");
  await refused({ accountIds: [] }, 400, "request.body");
  await refused({ format: "docx" }, 400, "request.body");
  await refused({ attachment: true }, 400, "request.body");
  expect((await call(host, "GET", `${list}/${newId(1)}`)).status).toBe(404);
  await host.stop();
}, 180_000);
