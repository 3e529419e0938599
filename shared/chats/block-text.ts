import type { Block, Run, TableCell } from "./body.ts";
import { scriptText } from "./script-text.ts";

/** Deeper quotes and lists look like this one. */
const DEEPEST = 10;

/** Where a content lies, by the key of its reference. */
type PlaceOf = (key: string) => string | undefined;

/** Blocks as plain text with `\n` between lines: `> ` before quotes, list marks, table cells parted by ` | `, addresses of links
 * behind their text, what is no text in brackets, with `place` contents with where they lie and lead, `~~` around what is struck
 * through, `10³` for what stands above the line. Time grows with the length. */
export function blocksText(blocks: readonly Block[], place?: PlaceOf): string {
  const lines = blockLines(blocks, 0, place).map((line) => line.trimEnd());
  const first = lines.findIndex((line) => line !== "");
  return first < 0 ? "" : lines.slice(first, lines.findLastIndex((line) => line !== "") + 1).join("\n");
}

const blockLines = (blocks: readonly Block[], depth: number, place: PlaceOf | undefined): string[] =>
  blocks.flatMap((block) => linesOf(block, depth, place));

function linesOf(block: Block, depth: number, place: PlaceOf | undefined): string[] {
  const inner = (blocks: readonly Block[]) => blockLines(blocks, depth + 1, place);
  const indented = (mark: string, lines: string[]) => (depth < DEEPEST ? lines.map((line) => `${mark}${line}`) : lines);
  switch (block.kind) {
    case "paragraph":
      return runsText(block.runs, place).split("\n");
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
      return blockLines(block.blocks, depth, place);
    case "attachment":
      return [`[${block.label}${placed(block, place)}${block.content === undefined || place ? address(block) : ""}]`];
    case "notice":
      return [`[${block.text}]`];
  }
}

function placed({ content }: { readonly content?: string }, place: PlaceOf | undefined): string {
  const at = content === undefined ? undefined : place?.(content);
  return at === undefined ? "" : `, ${at}`;
}

const address = ({ href }: { readonly href?: string }): string => (href === undefined ? "" : ` ${href}`);

const rowText = (row: readonly TableCell[], inner: (blocks: readonly Block[]) => string[]): string[] =>
  row
    .map(({ blocks }) => inner(blocks).join("\n"))
    .join(" | ")
    .split("\n");

/** `\n` for breaks. */
function runsText(runs: readonly Run[], place: PlaceOf | undefined): string {
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
    add(runText(run, place));
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

function runText(run: Run, place: PlaceOf | undefined): string {
  switch (run.kind) {
    case "break":
      return "\n";
    case "picture":
      return `[picture${run.alt === "" ? "" : `: ${run.alt}`}${placed(run, place)}${address(run)}]`;
    case "text":
      return run.script === undefined ? run.text : scriptText(run.text, run.script);
    default:
      return run.text;
  }
}
