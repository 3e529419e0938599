import type { Block, Run, TableCell } from "../../../chats/body.ts";

/** What a document knows of the contents: the `cid` of an embedded picture, and what stands for other contents. */
export interface HtmlContents {
  readonly cid: (key: string) => string | undefined;
  readonly place: (key: string) => string | undefined;
}

/** Blocks as HTML that runs in no client: no scripts, no styles of the sender, nothing that is fetched from elsewhere. */
export const blocksHtml = (blocks: readonly Block[], contents: HtmlContents): string =>
  blocks.map((block) => blockHtml(block, contents)).join("\n");

function blockHtml(block: Block, contents: HtmlContents): string {
  const inner = (blocks: readonly Block[]) => blocksHtml(blocks, contents);
  switch (block.kind) {
    case "paragraph": {
      const tag = block.heading === undefined ? "p" : `h${block.heading}`;
      return `<${tag}${block.rightToLeft ? ' dir="rtl"' : ""}>${runsHtml(block.runs, contents).trim() || "<br>"}</${tag}>`;
    }
    case "code":
      return `<pre><code>${escapeHtml(block.text)}</code></pre>`;
    case "quote":
      return `<blockquote>${inner(block.blocks)}</blockquote>`;
    case "list": {
      const items = block.items.map((item) => `<li>${inner(item)}</li>`).join("\n");
      const start = block.start === 1 ? "" : ` start="${block.start}"`;
      return block.ordered ? `<ol${start}>\n${items}\n</ol>` : `<ul>\n${items}\n</ul>`;
    }
    case "table":
      return `<table${block.rightToLeft ? ' dir="rtl"' : ""} border="1" cellspacing="0" cellpadding="4">\n${block.rows.map((row) => `<tr>${row.map((cell) => cellHtml(cell, inner)).join("")}</tr>`).join("\n")}\n</table>`;
    case "rule":
      return "<hr>";
    case "original":
      return `<blockquote><p><b>${escapeHtml(block.heading)}</b></p>\n${inner(block.blocks)}</blockquote>`;
    case "card":
      return `<div style="border:1px solid #999;padding:8px">${inner(block.blocks)}</div>`;
    case "attachment": {
      const place = block.content === undefined ? undefined : contents.place(block.content);
      return `<p>[${linked(escapeHtml(block.label), block.href)}${place === undefined ? "" : `: ${escapeHtml(place)}`}]</p>`;
    }
    case "notice": {
      const { text, href = "" } = block;
      const address = href && linked(escapeHtml(href), href);
      return `<p><i>${escapeHtml(text.slice(0, text.length - href.length))}${address}</i></p>`;
    }
  }
}

function cellHtml({ header, columns, rows, blocks }: TableCell, inner: (blocks: readonly Block[]) => string): string {
  const tag = header ? "th" : "td";
  const spans = `${columns > 1 ? ` colspan="${columns}"` : ""}${rows > 1 ? ` rowspan="${rows}"` : ""}`;
  return `<${tag}${spans}>${inner(blocks)}</${tag}>`;
}

const runsHtml = (runs: readonly Run[], contents: HtmlContents): string =>
  runs.map((run) => runHtml(run, contents)).join("");

function runHtml(run: Run, contents: HtmlContents): string {
  switch (run.kind) {
    case "break":
      return "<br>\n";
    case "mention":
      return `<b>${escapeHtml(run.text)}</b>`;
    case "emoji": {
      const cid = run.content === undefined ? undefined : contents.cid(run.content);
      return cid === undefined ? escapeHtml(run.text) : image(cid, run.text, { height: 20 });
    }
    case "picture": {
      const cid = run.content === undefined ? undefined : contents.cid(run.content);
      if (cid !== undefined) return image(cid, run.alt, run);
      const place = run.content === undefined ? undefined : contents.place(run.content);
      const label = `picture${run.alt === "" ? "" : `: ${run.alt}`}${place === undefined ? "" : `, ${place}`}`;
      return `[${linked(escapeHtml(label), run.href)}]`;
    }
    case "text":
      return looks(run);
  }
}

const TAGS = [
  ["bold", "b"],
  ["italic", "i"],
  ["underline", "u"],
  ["strike", "s"],
  ["code", "code"],
] as const;

function looks(run: Extract<Run, { kind: "text" }>): string {
  let html = spaced(escapeHtml(run.text));
  for (const [look, tag] of TAGS) if (run[look]) html = `<${tag}>${html}</${tag}>`;
  if (run.script) html = run.script === "super" ? `<sup>${html}</sup>` : `<sub>${html}</sub>`;
  return linked(html, run.href);
}

/** Two spaces and more stay as many. */
const spaced = (html: string): string => html.replace(/ (?= )/g, "&nbsp;");

const linked = (html: string, href: string | undefined): string =>
  href === undefined ? html : `<a href="${escapeHtml(href)}">${html}</a>`;

function image(cid: string, alt: string, { width, height }: { readonly width?: number; readonly height?: number }) {
  const size = `${width === undefined ? "" : ` width="${width}"`}${height === undefined ? "" : ` height="${height}"`}`;
  return `<img src="cid:${cid}" alt="${escapeHtml(alt)}"${size}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (mark) => ENTITIES[mark] ?? mark);
