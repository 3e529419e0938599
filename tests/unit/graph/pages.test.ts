import { describe, expect, it } from "vitest";
import type { GraphApi, Json } from "../../../shared/graph/graph-api.ts";
import { pages } from "../../../shared/graph/pages.ts";

const at = (name: string) => `https://graph.test/v1.0/list?page=${name}`;
const options = { bucket: "export" } as const;

function api(answer: (name: string) => Json) {
  const asked: string[] = [];
  const open = () => Promise.reject(new Error("not used"));
  const json: GraphApi["json"] = async (address) => {
    const name = new URL(address).searchParams.get("page") ?? "";
    asked.push(name);
    return answer(name);
  };
  return { asked, api: { open, json } };
}

const page = (ids: string[], next?: string): Json => ({
  value: ids.map((id) => ({ id, etag: "1", chatId: "c" })),
  ...(next === undefined ? {} : { "@odata.nextLink": at(next) }),
});

async function read(source: GraphApi, budget?: number) {
  const ids: unknown[] = [];
  for await (const { items } of pages(source, at("0"), options, budget)) ids.push(...items.map(({ id }) => id));
  return ids;
}

describe("pages", () => {
  it("goes on after an empty page that has a next link", async () => {
    const { api: source } = api((name) =>
      page(name === "1" ? [] : [name], name === "3" ? undefined : `${Number(name) + 1}`),
    );
    expect(await read(source)).toEqual(["0", "2", "3"]);
  });

  it("asks for a page only when it is wanted", async () => {
    const { api: source, asked } = api((name) => page([name], `${Number(name) + 1}`));
    for await (const { nextLink } of pages(source, at("0"), options)) if (nextLink === at("2")) break;
    expect(asked).toEqual(["0", "1"]);
  });

  it.each([
    ["the same link", (name: string) => page([name], name)],
    ["an earlier link", (name: string) => page([name], name === "2" ? "0" : `${Number(name) + 1}`)],
    ["an earlier page under ever new links", (name: string) => page(["m"], `${Number(name) + 1}`)],
  ])("stops at %s", async (_, answer) => {
    const { api: source, asked } = api(answer);
    await expect(read(source)).rejects.toMatchObject({ code: "graph.page_loop" });
    expect(asked.length).toBeLessThan(5);
  });

  it("stops at its budget when empty pages never end", async () => {
    const { api: source, asked } = api((name) => page([], `${Number(name) + 1}`));
    await expect(read(source, 20)).rejects.toMatchObject({ code: "graph.page_loop" });
    expect(asked).toHaveLength(20);
  });

  it("never takes an answer without a list for an empty page", async () => {
    for (const odd of [{}, { value: null }, { value: {} }, { value: "text" }]) {
      await expect(read(api(() => odd).api)).rejects.toMatchObject({ code: "graph.unavailable" });
    }
  });

  it("hands on the others where an entry is no object, and an empty one for it", async () => {
    const odd = [null, "text", 7, ["list"]];
    const { api: source } = api((name) => ({
      value: name === "0" ? [{ id: "a" }, ...odd, { id: "b" }] : [{ id: "c" }],
      ...(name === "0" ? { "@odata.nextLink": at("1") } : {}),
    }));
    const found = [];
    for await (const { items } of pages(source, at("0"), options)) found.push(...items);
    expect(found).toEqual([{ id: "a" }, ...odd.map(() => ({})), { id: "b" }, { id: "c" }]);
  });
});
