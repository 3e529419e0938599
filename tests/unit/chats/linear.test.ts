import { Session } from "node:inspector/promises";
import { afterAll, beforeAll, expect, test } from "vitest";

const session = new Session();
let read: (html: string) => string;

// The engine counts only what it compiles while it counts: hence the imports here.
beforeAll(async () => {
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const { htmlBlocks } = await import("../../../shared/chats/html-blocks.ts");
  const { blocksText } = await import("../../../shared/chats/block-text.ts");
  read = (text: string) => blocksText(htmlBlocks(text));
});
afterAll(() => session.disconnect());

/** How often the engine runs a block of this product's or the tokenizer's code. Counts of the same work were seen to differ by some
 * per cent, hence the least of three. */
async function steps(html: string): Promise<number> {
  const counts = [await count(html), await count(html), await count(html)];
  return Math.min(...counts);
}

async function count(html: string): Promise<number> {
  await session.post("Profiler.takePreciseCoverage");
  read(html);
  const { result } = await session.post("Profiler.takePreciseCoverage");
  return result
    .filter(({ url }) => /shared\/chats|htmlparser2/.test(url))
    .flatMap((script) => script.functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0);
}

test.each([
  ...["<blockquote>", "<ul><li>", "<a href='https://x'>", "<a href='https://x'>a</a> ", "<pre>", "<pre>a<img>", "<td>"],
  ...[
    "<table><td>",
    "</b>",
    "&#",
    "<!--",
    "<attachment id=1>",
    "<b>x",
    "<at>x",
    "x<br>",
    "&amp;",
    "<li>x</li>",
    "<div",
  ],
  ...[
    "<p a=1 b='2' c>",
    "<div dir=rtl>",
    "<p dir=rtl>x<li dir=auto>",
    "<table><tr><td>x</table>",
    "<tr><td>x",
    "<video src='https://x'>",
    "<!--x-->y",
    "<a href='java:'>x</a>",
  ],
  ...["a b  c\n", "<table></table>", "<ul></ul></table>", "<ul><li></ul></li>", "</ul></td></tr></blockquote>"],
  ...["<blockquote itemtype='schema.skype.com/Reply'><strong itemprop=mri>x", "<pre><table>", "<codeblock></pre>"],
])("twice as much of %s takes twice the steps", async (piece) => {
  const once = await steps(`${piece.repeat(1_000)}<i></u>`);
  const twice = await steps(`${piece.repeat(2_000)}<i></u>`);
  expect(once).toBeGreaterThan(1_000);
  expect(twice).toBeLessThan(2.1 * once);
});
