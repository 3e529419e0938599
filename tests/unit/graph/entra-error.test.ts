import { describe, expect, it } from "vitest";
import { entraError } from "../../../shared/graph/entra-error.ts";

describe("entraError", () => {
  it("finds the AADSTS code, also in a cause, and keeps nothing else", () => {
    const inner = new Error(
      "invalid_client: 7000215: AADSTS7000215: Invalid client secret provided for app 'x'. Trace ID: 1",
    );
    const error = entraError(new Error("token failed", { cause: inner }));
    expect(error).toMatchObject({ code: "credentials.refused", options: { context: { aadsts: 7000215 } } });
    expect(error.message).not.toMatch(/Trace|'x'/);
  });

  it("tells busy and silent from refused", () => {
    expect(entraError(new Error("AADSTS90033: busy")).code).toBe("credentials.unavailable");
    expect(entraError(new Error("getaddrinfo ENOTFOUND")).code).toBe("credentials.unavailable");
    expect(entraError(new Error("unauthorized_client")).code).toBe("credentials.refused");
  });
});
