/** Whether bytes may be read from this address: https, no user information, and a host of the list. An entry is `host` (port 443),
 * `host:port`, or `*.domain` (any host below the domain, not the domain itself; a port may follow). Names are compared as the URL
 * parser understood them, so that no spelling of a foreign host passes. */
export function allowedHost(url: URL, hosts: readonly string[]): boolean {
  if (url.protocol !== "https:" || url.username !== "" || url.password !== "") return false;
  return hosts.some((entry) => {
    const [, wildcard, name = "", port = ""] = /^(\*\.)?(.+?)(?::(\d{1,5}))?$/.exec(entry.trim().toLowerCase()) ?? [];
    if (name === "" || (port === "443" ? "" : port) !== url.port) return false;
    return wildcard === undefined ? url.hostname === name : url.hostname.endsWith(`.${name}`);
  });
}
