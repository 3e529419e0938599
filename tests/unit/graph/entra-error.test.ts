import { describe, expect, it } from "vitest";
import { entraError } from "../../../shared/graph/entra-error.ts";

describe("entraError", () => {
  it("finds the AADSTS code, also in a cause, and keeps nothing else", () => {
    const inner = new Error(
      "invalid_client: 7000215: AADSTS7000215: Invalid client secret provided for app 'x'. Trace ID: 1",
    );
    const error = entraError(new Error("token failed", { cause: inner }));
    expect(error).toMatchObject({ code: "credentials.secret_invalid", options: { context: { aadsts: 7000215 } } });
    expect(error.message).not.toMatch(/Trace|'x'/);
  });

  it("tells busy and silent from refused", () => {
    expect(entraError(new Error("AADSTS90033: busy")).code).toBe("credentials.unavailable");
    expect(entraError(new Error("getaddrinfo ENOTFOUND")).code).toBe("credentials.unavailable");
    expect(entraError(new Error("unauthorized_client")).code).toBe("credentials.refused");
  });

  it.each([
    [7000222, "credentials.secret_expired"],
    [7000215, "credentials.secret_invalid"],
    [700027, "credentials.certificate_refused"],
    [700016, "credentials.app_not_found"],
    [7000112, "credentials.app_disabled"],
    [90002, "credentials.tenant_not_found"],
    [500014, "credentials.tenant_inactive"],
    [53003, "credentials.blocked_by_policy"],
    [65001, "credentials.consent_missing"],
    [4711, "credentials.refused"],
  ])("names what AADSTS%i means", (aadsts, code) => {
    expect(entraError(new Error(`AADSTS${aadsts}: whatever`))).toMatchObject({ code, kind: "forbidden" });
  });
});
