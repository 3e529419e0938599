import { describe, expect, it } from "vitest";
import { exportPath } from "../../../shared/graph/message-source.ts";
import { nextLinkOf } from "../../../shared/graph/next-link.ts";
import { shareToken } from "../../../shared/graph/share-token.ts";

const base = "https://graph.microsoft.com/v1.0/users/u/chats/getAllMessages";

describe("exportPath", () => {
  const window = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 2) };

  it("asks with both bounds, the lower one a millisecond early, and no model", () => {
    const url = new URL(exportPath("8b1f", window), "https://graph.microsoft.com");
    expect(url.pathname).toBe("/v1.0/users/8b1f/chats/getAllMessages");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      $top: "250",
      $filter: "lastModifiedDateTime gt 2025-12-31T23:59:59.999Z and lastModifiedDateTime lt 2026-01-02T00:00:00.000Z",
    });
  });

  it("sends the model that the organization chose, and keeps ids inside their segment", () => {
    const path = exportPath("a/b?c#d@e", window, "B");
    expect(path).toContain("/users/a%2Fb%3Fc%23d%40e/chats/");
    expect(path.endsWith("&model=B")).toBe(true);
  });
});

describe("nextLinkOf", () => {
  it.each([[{}], [{ "@odata.nextLink": null }]])("is at the end with %j", (answer) => {
    expect(nextLinkOf(answer, base)).toBeUndefined();
  });

  it("keeps a link to the letter, however Graph spells its path", () => {
    const link =
      "https://graph.microsoft.com/v1.0/users('8b1f')/chats/getallMessages?$skiptoken=a=b&x=1,2 3#SkipValue=2";
    expect(nextLinkOf({ "@odata.nextLink": link }, base)).toBe(link);
  });

  it.each([
    "https://evil.test/v1.0/users/u",
    "http://graph.microsoft.com/v1.0/users/u",
    "https://graph.microsoft.com:8443/v1.0/users/u",
    "https://graph.microsoft.com/v1.0/users//chats/getAllMessages?$skip=1",
    "https://graph.microsoft.com/v1.0/users('')/chats/getAllMessages?$skip=1",
    "/v1.0/users/u",
    "",
    7,
  ])("refuses %j", (link) => {
    expect(() => nextLinkOf({ "@odata.nextLink": link }, base)).toThrow(
      expect.objectContaining({ code: "graph.next_link_refused" }),
    );
  });
});

describe("shareToken", () => {
  it("encodes the exact text", () => {
    const url = "https://contoso-my.sharepoint.com/personal/anna/Documents/Über uns + 100 %.docx";
    const token = shareToken(url);
    expect(token).toMatch(/^u![A-Za-z0-9_-]+$/);
    expect(Buffer.from(token.slice(2), "base64url").toString()).toBe(url);
  });
});
