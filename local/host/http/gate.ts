import { type HostRequest, type HostResponse, textResponse } from "./message.ts";

const loopbackNames: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Turns away who must not come in, although listening on the loopback interface lets them knock: web pages. One that makes its
 * own name point to this machine (DNS rebinding) is known by the Host header, one that posts across sites by Origin.
 * The port is not compared: a forwarded one is fine, and says nothing about who calls.
 * @param publicUrl the address under which a tunnel or proxy brings callers to the app
 * @returns undefined for who may come in
 */
export function createGate(publicUrl: string | undefined): (request: HostRequest) => HostResponse | undefined {
  // An address that is none is for the app to complain about, in the words of its settings.
  const publicName = publicUrl !== undefined && URL.canParse(publicUrl) ? new URL(publicUrl).hostname : undefined;
  return (request) => {
    const name = request.url.hostname;
    const isLocal = loopbackNames.includes(name);
    if (!isLocal && name !== publicName)
      return textResponse(403, `This host does not answer to the name "${name}". Call it as localhost.`);
    if (!isManagement(request)) return undefined;
    if (!isLocal)
      return textResponse(403, "Functions and orchestrations are managed from this machine only, as localhost.");
    if (isFromAnotherSite(request))
      return textResponse(403, "A page of another site cannot manage functions or orchestrations.");
    return undefined;
  };
}

/** Routes without keys or tokens that start, end and delete. */
const isManagement = ({ url }: HostRequest): boolean => /^\/(runtime|admin)\//i.test(url.pathname);

/** Programs send neither header; browsers send one of them whenever a page is behind the call. */
function isFromAnotherSite({ url, headers }: HostRequest): boolean {
  const { origin, "sec-fetch-site": site = "none" } = headers;
  return (origin !== undefined && origin !== url.origin) || (site !== "none" && site !== "same-origin");
}
