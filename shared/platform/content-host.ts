const NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** Whether the text is an entry of CONTENT_HOSTS: `host` or `*.domain`, lower case, each with or without `:port`. A wildcard needs a
 * domain of two names at least: `*.com` would let in whoever buys a domain. */
export function isContentHost(entry: string): boolean {
  const [, wildcard, name = "", port] = /^(\*\.)?([^:*]*)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  if (!NAME.test(name) || (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))) return false;
  return wildcard === undefined || /\.[a-z-]*[a-z][a-z0-9-]*$/.test(name);
}
