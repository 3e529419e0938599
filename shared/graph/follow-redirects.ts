import { allowedHost } from "./content-hosts.ts";
import { isAppError } from "../platform/errors.ts";
import { hostRefused, hostUnavailable, redirectLoop, signInPage } from "./content-error.ts";
import type { DownloadDeps } from "./download.ts";
import { USER_AGENT } from "./graph-api.ts";
import { sendWithRetry } from "./send-with-retry.ts";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST = 5;
const HEADERS_MS = 45_000;
/** Where SharePoint and Entra send somebody who must sign in. */
const SIGN_IN =
  /^login\.(microsoftonline|live|windows|chinacloudapi)\.|\/_layouts\/15\/(authenticate|accessdenied)\.aspx|\/_forms\/default\.aspx/i;

/** Follows redirects by hand, asking for each host before anything is sent there, and never sends a token: the addresses are
 * pre-authenticated. An answer that does not redirect comes back as it is. Passing failures are retried. */
export async function followRedirects(
  answer: Response,
  headers: Readonly<Record<string, string>>,
  { hosts, retry }: DownloadDeps,
): Promise<Response> {
  let response = answer;
  for (let count = 0; REDIRECTS.has(response.status); count++) {
    const location = response.headers.get("location") ?? "";
    const base = response.url;
    await response.body?.cancel();
    if (count >= MOST || !URL.canParse(location, base)) throw redirectLoop();
    const url = new URL(location, base);
    if (SIGN_IN.test(url.hostname + url.pathname)) throw signInPage();
    if (!allowedHost(url, hosts)) throw hostRefused();
    response = await sendWithRetry(() => fetchOne(url, headers), retry).catch((error: unknown) => {
      throw isAppError(error, "graph.unavailable") ? hostUnavailable({ cause: error }) : error;
    });
  }
  return response;
}

async function fetchOne(url: URL, headers: Readonly<Record<string, string>>): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error("No answer in time")), HEADERS_MS);
  try {
    return await fetch(url, {
      // Compressed bytes could not be continued by Range, nor counted.
      headers: { ...headers, "user-agent": USER_AGENT, "accept-encoding": "identity" },
      redirect: "manual",
      signal: late.signal,
    });
  } finally {
    clearTimeout(timer);
  }
}
