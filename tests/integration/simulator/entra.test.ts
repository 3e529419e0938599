import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { ClientCertificateCredential } from "@azure/identity";
import { decodeJwt, SignJWT } from "jose";
import { generate } from "selfsigned";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { requestToken, startTrusted } from "../../support/simulator.ts";

let simulator: Simulator;
const roles = [
  "Chat.Read.All",
  "User.Read.All",
  "Files.Read.All",
  "Sites.Read.All",
  "GroupMember.Read.All",
  "Organization.Read.All",
];

beforeAll(async () => {
  simulator = await startTrusted({
    sizes: { messages: 50 },
    redirectUris: ["https://vault.example/api/consent/callback"],
  });
});
afterEach(() => {
  Object.assign(simulator.app, { roles: [...roles], enabled: true });
  simulator.setFaults([]);
  simulator.setConsent("accept");
});
afterAll(() => simulator.stop());

describe("client credentials", () => {
  test("give a signed token with the granted roles", async () => {
    const { status, body } = await requestToken(simulator);
    expect(status).toBe(200);
    expect(decodeJwt(body.access_token ?? "")).toMatchObject({
      roles,
      appid: simulator.tenant.clientId,
      tid: simulator.tenant.tenantId,
    });
  });

  test("give a token without roles where nothing was granted", async () => {
    simulator.app.roles = [];
    const { status, body } = await requestToken(simulator);
    expect(status).toBe(200);
    expect(decodeJwt(body.access_token ?? "")).not.toHaveProperty("roles");
  });

  const cases: [
    code: number,
    status: number,
    error: string,
    fields: () => Record<string, string | undefined>,
    tenant?: () => string,
  ][] = [
    [7000215, 401, "invalid_client", () => ({ client_secret: "wrong" })],
    [7000215, 401, "invalid_client", () => ({ client_secret: simulator.tenant.secretId })],
    [7000222, 401, "invalid_client", () => ({ client_secret: simulator.tenant.expiredSecret })],
    [7000216, 400, "invalid_client", () => ({ client_secret: undefined })],
    [700016, 400, "unauthorized_client", () => ({ client_id: "00000000-0000-4000-8000-000000000000" })],
    [
      700016,
      400,
      "unauthorized_client",
      () => ({ client_id: simulator.tenant.providerClientId, client_secret: simulator.tenant.providerClientSecret }),
    ],
    [700016, 400, "unauthorized_client", () => ({}), () => simulator.tenant.otherTenantId],
    [90002, 400, "invalid_request", () => ({}), () => "11111111-1111-4111-8111-111111111111"],
    [900023, 400, "invalid_request", () => ({}), () => "not-a-tenant"],
    [9001023, 400, "invalid_request", () => ({}), () => "common"],
    [70003, 400, "unsupported_grant_type", () => ({ grant_type: "password" })],
    [1002012, 400, "invalid_scope", () => ({ scope: "https://graph.microsoft.com/Chat.Read.All" })],
    [500011, 400, "invalid_resource", () => ({ scope: "https://graph.microsoft.us/.default" })],
    [900144, 400, "invalid_request", () => ({ scope: undefined })],
  ];
  test.each(cases)("are refused with AADSTS%i", async (code, status, error, fields, tenant) => {
    const answer = await requestToken(simulator, fields(), tenant?.());
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error, error_codes: [code] });
    expect(answer.body.error_description).toMatch(
      new RegExp(`^AADSTS${code}: .* Trace ID: \\S+ Correlation ID: \\S+ Timestamp: `, "s"),
    );
  });

  test("are refused while the app is disabled, and throttled or broken by a fault", async () => {
    simulator.app.enabled = false;
    expect((await requestToken(simulator)).body.error_codes).toEqual([7000112]);
    simulator.app.enabled = true;
    simulator.setFaults([{ kind: "throttle", on: "token", count: 1 }]);
    expect((await requestToken(simulator)).status).toBe(429);
    expect((await requestToken(simulator)).status).toBe(200);
  });
});

describe("a client assertion", () => {
  test("signed by a registered certificate gives a token to the published credential", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    const made = await generate([{ name: "commonName", value: "vault" }], {
      keyPair: keyPair(pem),
      algorithm: "sha256",
    });
    simulator.app.certificates.push(made.cert);
    const { tenantId, clientId } = simulator.tenant;
    const credential = new ClientCertificateCredential(
      tenantId,
      clientId,
      { certificate: `${pem}\n${made.cert}` },
      { authorityHost: simulator.authorityUrl, disableInstanceDiscovery: true },
    );
    const token = await credential.getToken(`${simulator.graphUrl}/.default`);
    expect(decodeJwt(token.token)["appid"]).toBe(clientId);
  });

  test("is refused when its key is unknown (700027) or it has expired (700024)", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    const made = await generate([{ name: "commonName", value: "stranger" }], {
      keyPair: keyPair(pem),
      algorithm: "sha256",
    });
    const x5t = createHash("sha1").update(new X509Certificate(made.cert).raw).digest("base64url");
    const assertion = (expires: string): Promise<string> =>
      new SignJWT({ iss: simulator.tenant.clientId, sub: simulator.tenant.clientId })
        .setProtectedHeader({ alg: "RS256", x5t })
        .setAudience(`${simulator.authorityUrl}/${simulator.tenant.tenantId}/oauth2/v2.0/token`)
        .setExpirationTime(expires)
        .sign(createPrivateKey(pem));
    const ask = async (expires: string) =>
      (
        await requestToken(simulator, {
          client_secret: undefined,
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
          client_assertion: await assertion(expires),
        })
      ).body.error_codes;
    expect(await ask("5m")).toEqual([700027]);
    expect(await ask("-10m")).toEqual([700024]);
  });
});

describe("admin consent", () => {
  const consent = async (query: Record<string, string>, version = "/v2.0"): Promise<Response> => {
    const all = {
      client_id: simulator.tenant.providerClientId,
      redirect_uri: "https://vault.example/api/consent/callback",
      state: "s & s",
      scope: "https://graph.microsoft.com/.default",
      ...query,
    };
    return fetch(`${simulator.authorityUrl}/organizations${version}/adminconsent?${new URLSearchParams(all)}`, {
      redirect: "manual",
    });
  };

  test("declined redirects with an error, and v2 claims admin_consent=True all the same", async () => {
    simulator.setConsent("decline");
    const location = new URL((await consent({})).headers.get("location") ?? "");
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      error: "consent_required",
      admin_consent: "True",
      state: "s & s",
    });
    const v1 = new URL((await consent({}, "")).headers.get("location") ?? "");
    expect(v1.searchParams.get("error")).toBe("permission_denied");
  });

  test("accepted installs the app, whose tokens then carry roles", async () => {
    const location = new URL((await consent({})).headers.get("location") ?? "");
    expect(location.searchParams.get("tenant")).toBe(simulator.tenant.tenantId);
    const { providerClientId, providerClientSecret } = simulator.tenant;
    const { body } = await requestToken(simulator, {
      client_id: providerClientId,
      client_secret: providerClientSecret,
    });
    expect(decodeJwt(body.access_token ?? "")["roles"]).toContain("Chat.Read.All");
  });

  test("refuses a redirect URI that is not registered", async () => {
    const answer = await consent({ redirect_uri: "https://evil.example/" });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("AADSTS50011");
  });
});

test("discovery names this authority's own endpoints, and no tenant that does not exist", async () => {
  const read = async (tenant: string) =>
    fetch(`${simulator.authorityUrl}/${tenant}/v2.0/.well-known/openid-configuration`);
  const document = (await (await read(simulator.tenant.tenantId)).json()) as {
    token_endpoint: string;
    jwks_uri: string;
    issuer: string;
  };
  expect(document.token_endpoint).toBe(`${simulator.authorityUrl}/${simulator.tenant.tenantId}/oauth2/v2.0/token`);
  expect(((await (await fetch(document.jwks_uri)).json()) as { keys: object[] }).keys).toHaveLength(1);
  expect((await read("11111111-1111-4111-8111-111111111111")).status).toBe(400);
  const instance = await fetch(`${simulator.authorityUrl}/common/discovery/instance?api-version=1.1`);
  expect(await instance.json()).toHaveProperty("metadata");
});

const keyPair = (privateKey: string): { privateKey: string; publicKey: string } => ({
  privateKey,
  publicKey: createPublicKey(privateKey).export({ type: "spki", format: "pem" }) as string,
});
