import type { Block, Run, TableCell } from "./body.ts";
import { scriptText } from "./script-text.ts";

/** Deeper quotes and lists look like this one. */
const DEEPEST = 10;

/** Blocks as plain text with `\n` between lines: `> ` before quotes, list marks, table cells parted by ` | `, addresses of links
 * behind their text, what is no text in brackets, `~~` around what is struck through, `10³` for what stands above the line. Time grows with the length. */
export function blocksText(blocks: readonly Block[]): string {
  const lines = blockLines(blocks, 0).map((line) => line.trimEnd());
  const first = lines.findIndex((line) => line !== "");
  return first < 0 ? "" : lines.slice(first, lines.findLastIndex((line) => line !== "") + 1).join("\n");
}

const blockLines = (blocks: readonly Block[], depth: number): string[] =>
  blocks.flatMap((block) => linesOf(block, depth));

function linesOf(block: Block, depth: number): string[] {
  const inner = (blocks: readonly Block[]) => blockLines(blocks, depth + 1);
  const indented = (mark: string, lines: string[]) => (depth < DEEPEST ? lines.map((line) => `${mark}${line}`) : lines);
  switch (block.kind) {
    case "paragraph":
      return runsText(block.runs).split("\n");
    case "code":
      return block.text.split("\n");
    case "quote":
      return indented("> ", inner(block.blocks));
    case "original":
      return [block.heading, ...indented("> ", inner(block.blocks))];
    case "list":
      return block.items.flatMap((item, at) => {
        const [first = "", ...rest] = inner(item);
        return [`${block.ordered ? `${block.start + at}.` : "-"} ${first}`, ...indented("  ", rest)];
      });
    case "table":
      return block.rows.flatMap((row) => rowText(row, inner));
    case "rule":
      return ["---"];
    case "card":
      return blockLines(block.blocks, depth);
    case "attachment":
      return [`[${block.label}${block.href !== undefined && block.content === undefined ? ` ${block.href}` : ""}]`];
    case "notice":
      return [`[${block.text}]`];
  }
}

const rowText = (row: readonly TableCell[], inner: (blocks: readonly Block[]) => string[]): string[] =>
  row
    .map(({ blocks }) => inner(blocks).join("\n"))
    .join(" | ")
    .split("\n");

/** `\n` for breaks. */
export function runsText(runs: readonly Run[]): string {
  let text = "";
  let link: { readonly href: string; text: string } | undefined;
  let isStruck = false;
  const endLink = () => {
    if (link) text += linkText(link);
    link = undefined;
  };
  const add = (piece: string) => {
    if (link) link.text += piece;
    else text += piece;
  };
  const strike = (struck: boolean) => {
    if (struck !== isStruck) add(STRIKE);
    isStruck = struck;
  };
  for (const run of runs) {
    const href = run.kind === "text" ? run.href : undefined;
    if (href !== link?.href) endLink();
    if (!isBlank(run)) strike(run.kind === "text" && run.strike === true);
    if (href !== undefined) link ??= { href, text: "" };
    add(runText(run));
  }
  endLink();
  strike(false);
  return text;
}

/** Before and behind what is struck through, as people write it where they cannot strike. */
const STRIKE = "~~";
/** What is struck or not without a difference. */
const isBlank = (run: Run): boolean => run.kind === "text" && run.text.trim() === "";

function linkText({ href, text }: { readonly href: string; readonly text: string }): string {
  const shown = text.trimEnd();
  const isAddress = shown.trim() === href || `mailto:${shown.trim()}` === href;
  return isAddress ? text : `${shown} (${href})${text.slice(shown.length)}`;
}

function runText(run: Run): string {
  switch (run.kind) {
    case "break":
      return "\n";
    case "picture":
      return `[picture${run.alt === "" ? "" : `: ${run.alt}`}${run.href === undefined ? "" : ` ${run.href}`}]`;
    case "text":
      return run.script === undefined ? run.text : scriptText(run.text, run.script);
    default:
      return run.text;
  }
}
