import type { Block, Run, TableCell } from "./body.ts";
import { factBlocks, markdownRuns, mediaBlock, paragraph, pictureBlocks } from "./card-parts.ts";
import { isRecord, type RawMessage } from "./message.ts";
import { safeAddress } from "./safe-address.ts";

/** Reads what is inside of an element; `key` is the name under which it stands there. */
export type ReadPart = (inner: unknown, key?: string) => Block[];

/** Columns in columns are told one below the other from here on: four are tables, one in another. */
const DEEPEST_TABLE = 7;

type Show = (element: RawMessage, part: ReadPart, depth: number) => Block[];

/* The elements of adaptive cards that show more than the texts in them. Source: adaptivecards.io, "Schema Explorer". */
const SHOWN: Readonly<Record<string, Show>> = {
  TextBlock: ({ text, weight }) =>
    typeof text === "string" && text.trim() !== ""
      ? [{ kind: "paragraph", runs: markdownRuns(text, isBold(weight) ? { bold: true } : {}) }]
      : [],
  RichTextBlock: ({ inlines }) => {
    const runs = list(inlines).flatMap(inlineRuns);
    return runs.length > 0 ? [{ kind: "paragraph", runs }] : [];
  },
  FactSet: ({ facts }) =>
    list(facts).flatMap((fact) => (isRecord(fact) ? factBlocks(word(fact["title"]), word(fact["value"])) : [])),
  Image: ({ url, altText }) => pictureBlocks(url, altText),
  Media: ({ sources, altText }) => {
    const source = list(sources)[0];
    return [mediaBlock(isRecord(source) ? source["url"] : undefined, altText)];
  },
  CodeBlock: ({ codeSnippet, language }) =>
    typeof codeSnippet === "string"
      ? [{ kind: "code", text: codeSnippet, ...(typeof language === "string" ? { language } : {}) }]
      : [],
  ColumnSet: ({ columns }, part, depth) => {
    const cells = list(columns).map((column) => part(column));
    if (depth > DEEPEST_TABLE || cells.length < 2) return cells.flat();
    return [{ kind: "table", rows: [cells.map((blocks) => cell(blocks, false))] }];
  },
  Table: ({ rows, firstRowAsHeader }, part, depth) => {
    const cells = list(rows).map((row) => list(isRecord(row) ? row["cells"] : []).map((one) => part(one)));
    if (depth > DEEPEST_TABLE) return cells.flat(2);
    const filled = cells.filter((row) => row.length > 0);
    const isHeader = (at: number) => at === 0 && firstRowAsHeader !== false;
    return filled.length > 0
      ? [{ kind: "table", rows: filled.map((row, at) => row.map((blocks) => cell(blocks, isHeader(at)))) }]
      : [];
  },
  /** Of every kind: what its axes, bars, slices and lines are called, and how much they are. */
  Chart: ({ title, subLabel, xAxisTitle, yAxisTitle, data, value, segments }) => [
    ...[title, subLabel, xAxisTitle, yAxisTitle].flatMap((text) => paragraph(word(text))),
    ...chartBlocks(undefined, list(data)),
    ...chartBlocks(undefined, list(segments)),
    ...(word(value) === "" ? [] : paragraph(word(value))),
  ],
  Rating: amountBlocks,
  ProgressBar: amountBlocks,
  ...Object.fromEntries(
    ["Text", "Number", "Date", "Time", "Toggle", "ChoiceSet", "Rating"].map((kind) => [`Input.${kind}`, inputBlocks]),
  ),
};

export const ELEMENTS: ReadonlyMap<string, Show> = new Map(Object.entries(SHOWN));

function chartBlocks(series: string | undefined, points: readonly unknown[]): Block[] {
  return points.filter(isRecord).flatMap(({ legend, x, y, value, size, values }) => {
    const name = word(legend) || word(x);
    if (Array.isArray(values)) return chartBlocks(name, values);
    const amount = [value, y, size].map(word).find((one) => one !== "") ?? "";
    return factBlocks([series, name].filter(Boolean).join(", "), amount);
  });
}

/** An input: its label, what is in it or it asks for, and the choices that it offers. */
function inputBlocks({ label, title, value, placeholder, choices, inlineAction }: RawMessage, part: ReadPart): Block[] {
  const items = list(choices).flatMap((choice) => (isRecord(choice) ? [paragraph(word(choice["title"]))] : []));
  const held = items.length > 0 ? word(placeholder) : word(value) || word(placeholder);
  const shown = [word(label), word(title), held].filter((text) => text !== "").flatMap(paragraph);
  const offered: Block[] = items.length > 0 ? [{ kind: "list", ordered: false, start: 1, items }] : [];
  return [...shown, ...offered, ...part(inlineAction)];
}

/** `4/5 (12)`: stars and how many gave them, or how far something is. */
function amountBlocks({ value, max, count }: RawMessage): Block[] {
  const [amount, most, many] = [word(value), word(max), word(count)];
  if (amount === "") return [];
  return paragraph(`${amount}${most === "" ? "" : `/${most}`}${many === "" ? "" : ` (${many})`}`);
}

function inlineRuns(inline: unknown): Run[] {
  if (typeof inline === "string") return [{ kind: "text", text: inline }];
  if (!isRecord(inline) || typeof inline["text"] !== "string") return [];
  const { text, weight, italic, strikethrough, underline, fontType, selectAction } = inline;
  const href = isRecord(selectAction) ? safeAddress(word(selectAction["url"])) : undefined;
  return [
    {
      kind: "text",
      text,
      ...(isBold(weight) ? { bold: true as const } : {}),
      ...(italic === true ? { italic: true as const } : {}),
      ...(strikethrough === true ? { strike: true as const } : {}),
      ...(underline === true ? { underline: true as const } : {}),
      ...(/^monospace$/i.test(word(fontType)) ? { code: true as const } : {}),
      ...(href === undefined ? {} : { href }),
    },
  ];
}

const cell = (blocks: readonly Block[], header: boolean): TableCell => ({ header, columns: 1, rows: 1, blocks });
const isBold = (weight: unknown): boolean => /^bolder$/i.test(word(weight));
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const word = (value: unknown): string =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
