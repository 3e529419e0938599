import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalMode, startLocalMode } from "../../../local/local-mode.ts";
import { temporaryFolder } from "../../support/host.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let local: LocalMode;
const said: string[] = [];
beforeAll(async () => {
  folder = await temporaryFolder();
  const environment = { PATH: process.env["PATH"] };
  const say = (line: string) => void said.push(line);
  local = await startLocalMode({ stateDirectory: folder.path, port: 0, simulator: "off", environment, say });
});
afterAll(async () => {
  await local.stop();
  await folder.remove();
});

test.each([
  ["", "role is required"],
  ["?role=boss", "role must be one of operator, partner-admin, organization-admin, auditor"],
  ["?role=operator&x=1", "x is not known here"],
  ["?role=auditor&partner=1", "partner is not an id"],
  ["?role=auditor", "auditor one of both"],
])("/local/token%s says in words what is wrong", async (query, words) => {
  const answer = await fetch(`${local.url}/local/token${query}`);
  const { detail } = (await answer.json()) as { detail: string };
  expect([answer.status, detail]).toEqual([400, expect.stringContaining(words)]);
  expect(detail).not.toMatch(/invalid|unrecognized|expected/i);
});

test.each([
  ["granted", "Consent was given"],
  ["denied", "Consent was not given"],
  ["expired", "too old"],
  ["invalid", "belongs to no request"],
])("the page says in a sentence that consent came back %s", async (result, words) => {
  const page = await (await fetch(`${local.url}/?consent=${result}&organization=x`)).text();
  expect(page).toContain(words);
  expect(page.match(/role="status"/g)).toHaveLength(1);
});

test("the page says nothing of consent otherwise, and repeats nothing of its address", async () => {
  for (const query of ["", "?consent=%3Cb%3E", "?consent=constructor"]) {
    const page = await (await fetch(`${local.url}/${query}`)).text();
    expect(page).toContain("The API is running on this machine");
    expect(page).not.toMatch(/onsent|<b>/);
  }
});
