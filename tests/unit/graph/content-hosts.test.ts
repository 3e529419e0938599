import { describe, expect, it } from "vitest";
import { allowedHost } from "../../../shared/graph/content-hosts.ts";

const hosts = ["*.sharepoint.com", "files.example.org", "127.0.0.1:8443", "*.lab.test:9443"];
const allowed = (url: string) => allowedHost(new URL(url), hosts);

describe("allowedHost", () => {
  it.each([
    "https://contoso-my.sharepoint.com/personal/x?tempauth=1",
    "https://CONTOSO.SharePoint.com/",
    "https://contoso.sharepoint.com:443/",
    "https://files.example.org/a",
    "https://127.0.0.1:8443/a",
    "https://a.b.lab.test:9443/a",
  ])("allows %s", (url) => {
    expect(allowed(url)).toBe(true);
  });

  it.each([
    ["plain http", "http://contoso.sharepoint.com/"],
    ["the bare domain", "https://sharepoint.com/"],
    ["a suffix without the dot", "https://evilsharepoint.com/"],
    ["a suffix behind a hyphen", "https://evil-sharepoint.com/"],
    ["a suffix behind a hyphen, below another", "https://contoso.evil-sharepoint.com/"],
    ["an address of the private network", "https://10.0.0.1/"],
    ["an address in hexadecimal", "https://0xA9FEA9FE/"],
    ["an IPv4 address within IPv6", "https://[::ffff:169.254.169.254]/"],
    ["the domain as a label of another", "https://contoso.sharepoint.com.evil.test/"],
    ["user information", "https://contoso.sharepoint.com@evil.test/"],
    ["user information before an allowed host", "https://user:pw@contoso.sharepoint.com/"],
    ["a backslash", "https://evil.test\\@contoso.sharepoint.com/"],
    ["another port", "https://contoso.sharepoint.com:8443/"],
    ["no port where one is asked for", "https://127.0.0.1/"],
    ["a subdomain of an exact entry", "https://a.files.example.org/"],
    ["a trailing dot", "https://contoso.sharepoint.com./"],
    ["metadata addresses", "https://169.254.169.254/latest"],
    ["loopback in other spellings", "https://[::1]:8443/"],
    ["a look-alike letter", "https://contoso.sharepoіnt.com/"],
    ["the host in the path", "https://evil.test/contoso.sharepoint.com"],
    ["the host in the fragment", "https://evil.test#.sharepoint.com"],
    ["file addresses", "file:///etc/passwd"],
    ["data addresses", "data:text/plain,hello"],
  ])("refuses %s", (_, url) => {
    expect(allowed(url)).toBe(false);
  });

  it("takes 2130706433 for what it is", () => {
    expect(allowed("https://2130706433:8443/")).toBe(true);
    expect(allowedHost(new URL("https://2130706433/"), ["*.sharepoint.com"])).toBe(false);
  });

  it("allows nothing by an empty list or an odd entry", () => {
    for (const entries of [[], [""], ["*"], ["*."], [":443"], ["https://x.test"]]) {
      expect(allowedHost(new URL("https://x.test/"), entries)).toBe(false);
    }
  });
});
