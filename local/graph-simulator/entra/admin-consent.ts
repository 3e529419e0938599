import type { App } from "./apps.ts";

export interface ConsentSettings {
  readonly tenantId: string;
  readonly apps: readonly App[];
  /** Registered redirect URIs; undefined takes any https or loopback address. */
  readonly redirectUris: readonly string[] | undefined;
  /** What the admin in front of the screen does. */
  readonly decision: "accept" | "decline";
}

export type ConsentAnswer = { readonly location: string } | { readonly status: number; readonly text: string };

const loopback = /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?\//;

/**
 * The admin consent endpoint (Microsoft Learn: "Admin consent on the Microsoft identity platform") with an admin who
 * decides at once. The error redirect of v2 carries `admin_consent=True` as well, as documented.
 */
export function adminConsent(
  settings: ConsentSettings,
  version: "v1" | "v2",
  query: ReadonlyMap<string, string>,
): ConsentAnswer {
  const redirect = query.get("redirect_uri") ?? "";
  const app = settings.apps.find((a) => a.clientId === query.get("client_id"));
  if (app === undefined)
    return {
      status: 400,
      text: `AADSTS700016: Application with identifier '${query.get("client_id")}' was not found in the directory.`,
    };
  const registered =
    settings.redirectUris?.includes(redirect) ?? (redirect.startsWith("https://") || loopback.test(redirect));
  if (!registered)
    return {
      status: 400,
      text: `AADSTS50011: The redirect URI '${redirect}' specified in the request does not match the redirect URIs configured for the application '${app.clientId}'.`,
    };
  const scope = query.get("scope");
  if (version === "v2" && !scope)
    return { status: 400, text: "AADSTS900144: The request must contain the following parameter: 'scope'." };
  const answer = new URLSearchParams();
  if (settings.decision === "decline") {
    answer.set("error", version === "v2" ? "consent_required" : "permission_denied");
    answer.set("error_description", "AADSTS65004: The resource owner or authorization server denied the request.");
    if (version === "v2") answer.set("admin_consent", "True");
  } else {
    app.consented = true;
    app.roles = [...app.wanted];
    answer.set("admin_consent", "True");
    answer.set("tenant", settings.tenantId);
    if (version === "v2") answer.set("scope", scope ?? "");
  }
  const state = query.get("state");
  if (state !== undefined) answer.set("state", state);
  return { location: `${redirect}${redirect.includes("?") ? "&" : "?"}${answer}` };
}
