import type { ConsentResult } from "../../shared/organizations/consent.ts";

const CONSENT: Readonly<Record<ConsentResult["result"], string>> = {
  granted: "Consent was given and is noted. Go on with the test of the organization's credentials.",
  denied:
    "Consent was not given: it was declined, or Microsoft Entra answered with an error. Ask for a new link to try again.",
  expired: "The link for consent is too old or was used already. Ask for a new one; it works once, for 15 minutes.",
  invalid: "This return from Microsoft Entra belongs to no request for consent. Ask for a new link.",
};

/** What `/` shows while there is no portal: where to go on, and what came of the consent from which a browser returns. */
export function startPage(consent: string | null): string {
  const known = Object.entries(CONSENT).find(([result]) => result === consent);
  return page(known ? `<p role="status"><strong>${known[1]}</strong></p>\n` : "");
}

const page = (status: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>teams-chat-vault</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1rem; color: #1b1b1f; background: #fff }
  h1 { font-size: 1.6rem } code { background: #f1f1f4; padding: .1rem .3rem; border-radius: 4px; word-break: break-all } a { color: #4b3fbf }
  @media (prefers-color-scheme: dark) { body { color: #e8e8ee; background: #18181b } code { background: #2a2a30 } a { color: #a9a1ff } }
</style>
<h1>teams-chat-vault</h1>
${status}<p>The API is running on this machine, on embedded storage.</p>
<ul>
  <li><a href="/api/health">Health</a></li>
  <li><a href="/api/openapi.json">All routes, as an OpenAPI document</a></li>
  <li>A token for trying them: <a href="/local/token?role=operator"><code>/local/token?role=operator</code></a></li>
</ul>
<p>Send it as <code>Authorization: Bearer …</code>. The README says how to connect a tenant and run a backup.</p>
</html>
`;
