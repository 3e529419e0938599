import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { graphError, readProblem, type RoleState } from "../../../shared/graph/graph-error.ts";

const body = (code: string | null, message = "") => JSON.stringify({ error: { code, message } });
const codeOf = (status: number, text: string, role: RoleState = "held") =>
  graphError(readProblem(status, text), role).code;

describe("graphError", () => {
  it.each([
    ["402 whatever it says", 402, "<html>pay</html>", "billing.payment_required"],
    ["402 that speaks of a licence", 402, body("Forbidden", "needs a valid license"), "billing.payment_required"],
    ["401", 401, body("InvalidAuthenticationToken"), "graph.unauthorized"],
    [
      "403 without the role",
      403,
      body("Forbidden", "Missing role permissions on the request. API requires one of…"),
      "graph.forbidden",
    ],
    ["403 Authorization_RequestDenied", 403, body("Authorization_RequestDenied"), "graph.forbidden"],
    [
      "403 of a chat of another tenant",
      403,
      body("Forbidden", "AclCheckFailed-… tenant id mismatch"),
      "graph.other_tenant",
    ],
    ["403 without a word", 403, "", "graph.access_denied"],
    [
      "403 for a guest",
      403,
      body("Forbidden", "User Login. Teams is disabled for your tenant."),
      "graph.access_denied",
    ],
    [
      "403 for a user without Teams",
      403,
      body("Forbidden", "Failed to get license information for the user. Ensure user has a valid Office365 license"),
      "graph.unlicensed",
    ],
    ["404", 404, body("NotFound"), "graph.not_found"],
    ["404 with a null code", 404, body(null), "graph.not_found"],
    ["404 without a body, which passes", 404, "", "graph.unavailable"],
    ["410", 410, body("resyncRequired"), "graph.not_found"],
    ["429", 429, body("TooManyRequests"), "graph.throttled"],
    ["500 as HTML", 500, "<html>", "graph.unavailable"],
    ["504 with half a document", 504, '{"error":{"co', "graph.unavailable"],
    ["400", 400, body("BadRequest", "Invalid $filter query"), "graph.refused"],
    ["an error that is a string", 400, '{"error":"invalid"}', "graph.refused"],
    ["null", 400, "null", "graph.refused"],
  ])("maps %s", (_, status, text, code) => {
    expect(codeOf(status, text)).toBe(code);
  });

  it("takes 402 for a call that was never metered for a refusal of that call", () => {
    expect(graphError(readProblem(402, body("PaymentRequired")), "held", false).code).toBe("graph.refused");
  });

  it("takes a 403 for a missing role when the token had none", () => {
    expect(codeOf(403, "", "missing")).toBe("graph.forbidden");
    expect(codeOf(403, "", "none")).toBe("graph.consent_missing");
    expect(codeOf(404, "x", "none")).toBe("graph.not_found");
  });

  it.each(["innerError", "innererror"])("finds the request id under %s", (key) => {
    const text = JSON.stringify({ error: { code: "X", [key]: { "request-id": "abc-1" } } });
    expect(graphError(readProblem(400, text)).options.context).toEqual({
      status: 400,
      graphCode: "X",
      role: "held",
      requestId: "abc-1",
    });
  });

  it("quotes why payment is asked for, without addresses of people and other links", () => {
    const said =
      "To call this API, link it, see https://aka.ms/teams-api-payment-requirements. anna@x https://evil.test/?t=1";
    const { message } = graphError(readProblem(402, body("PaymentRequired", said)));
    expect(message).toContain("see https://aka.ms/teams-api-payment-requirements.");
    expect(message).not.toMatch(/anna|evil/);
    expect(graphError(readProblem(402, "")).message).toMatch(/exported$/);
  });

  it("passes on nothing that Graph quotes", () => {
    const error = graphError(
      readProblem(403, body("anna@contoso.com secret", "User anna@contoso.com https://x/?token=1")),
    );
    expect(inspect(error, { depth: 9 })).not.toMatch(/anna|token=1/);
  });
});
