import { UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Authenticate, createAuthenticate } from "../../../functions/runtime/authenticate.ts";
import { type Issuer, PERSON, TENANT, startIssuer } from "../../support/issuer.ts";

let issuer: Issuer;
let authenticate: Authenticate;
const seconds = Math.floor(Date.now() / 1_000);

beforeAll(async () => {
  issuer = await startIssuer();
  authenticate = createAuthenticate(issuer);
});
afterAll(() => issuer.stop());

const refusal = { kind: "unauthenticated", code: "access.unauthenticated" };
const bearer = async (token: Promise<string>) => authenticate(`Bearer ${await token}`);

test("a good token names its person", async () => {
  const principal = await bearer(issuer.token({ name: "Ada" }));
  expect(principal).toMatchObject({ tenantId: TENANT, objectId: PERSON, name: "Ada" });
  expect(principal.id).toMatch(/^[0-9a-z]{26}$/);
});

test("a missing, malformed or other kind of header is refused", async () => {
  for (const header of [null, "", "Bearer", "Bearer a.b", "Basic YTpi", "Bearer a.b.c", "Bearer a.b.c d"]) {
    await expect(authenticate(header), String(header)).rejects.toMatchObject(refusal);
  }
});

test("tokens that are expired, early, for others, from others, forged, anonymous or unsigned are refused", async () => {
  const bad = {
    expired: issuer.token({ exp: seconds - 60 }),
    "without an end": issuer.token({ exp: undefined }),
    early: issuer.token({ nbf: seconds + 600 }),
    "for another audience": issuer.token({ aud: "api://other" }),
    "of another tenant than its issuer": issuer.token({ iss: issuer.issuer.replace("{tenantid}", PERSON) }),
    "of the pattern itself": issuer.token({ iss: issuer.issuer }),
    "of a made-up tenant": issuer.token({ tid: "common" }),
    "without a person": issuer.token({ oid: undefined }),
    forged: issuer.forged(),
    unsigned: Promise.resolve(new UnsecuredJWT({ tid: TENANT, oid: PERSON }).setExpirationTime("1h").encode()),
  };
  for (const [name, token] of Object.entries(bad)) {
    await expect(bearer(token), name).rejects.toMatchObject({ kind: "unauthenticated" });
  }
});

test("an issuer that does not answer is no verdict on the token", async () => {
  const silent = createAuthenticate({ ...issuer, jwksUrl: "http://127.0.0.1:1/keys" });
  await expect(silent(`Bearer ${await issuer.token()}`)).rejects.toMatchObject({ code: "access.keys_unavailable" });
});
