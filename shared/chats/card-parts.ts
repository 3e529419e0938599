import type { Block, Run } from "./body.ts";
import { htmlBlocks } from "./html-blocks.ts";
import { pictureAt } from "./picture.ts";
import { plainRuns } from "./plain-runs.ts";
import { safeAddress } from "./safe-address.ts";

type Format = Partial<Extract<Run, { kind: "text" }>>;

export const paragraph = (text: string): Block[] =>
  text.trim() === "" ? [] : [{ kind: "paragraph", runs: plainRuns(text) }];

/** Bot Framework's texts may be HTML; those without a mark of it keep their lines. */
export const htmlOrPlain = (text: string): Block[] => (/[<&]/.test(text) ? htmlBlocks(text) : paragraph(text.trim()));

/** Lengths are bounded so that marks without an end cost no more than those. */
const MARKS =
  /\[(?<label>[^\]\n]{1,300})\]\((?<url>[^()\s]{1,2000})\)|\*\*(?<bold>[^*\n]{1,500})\*\*|(?<![\w_])_(?<italic>[^_\n]{1,500})_(?![\w_])|<at>(?<at>[^<]{1,300})<\/at>/g;

/** The Markdown that adaptive cards take (bold, italic, links) and mentions. Source: Microsoft Learn, "Text features in adaptive cards". */
export function markdownRuns(text: string, format: Format = {}): Run[] {
  const runs: Run[] = [];
  const plain = (piece: string, more: Format = {}) => {
    for (const run of plainRuns(piece)) runs.push(run.kind === "text" ? { ...run, ...format, ...more } : run);
  };
  let from = 0;
  for (const { 0: whole, index, groups = {} } of text.matchAll(MARKS)) {
    plain(text.slice(from, index));
    from = index + whole.length;
    const href = safeAddress(groups["url"]);
    if (groups["at"]) runs.push({ kind: "mention", text: `@${groups["at"].trim()}` });
    else if (groups["bold"]) plain(groups["bold"], { bold: true });
    else if (groups["italic"]) plain(groups["italic"], { italic: true });
    else plain(groups["label"] ?? "", href === undefined ? {} : { href });
  }
  plain(text.slice(from));
  return runs;
}

/** `Status: Open`. */
export function factBlocks(title: string, value: string): Block[] {
  const name = title.trim().replace(/:$/, "");
  return [
    {
      kind: "paragraph",
      runs: [
        { kind: "text", text: `${name}: `, bold: true },
        { kind: "text", text: value },
      ],
    },
  ];
}

export const pictureBlocks = (url: unknown, alt?: unknown): Block[] => [
  {
    kind: "paragraph",
    runs: [pictureAt(typeof url === "string" ? url : undefined, typeof alt === "string" ? alt : "")],
  },
];

export function mediaBlock(url: unknown, title?: unknown): Block {
  const href = safeAddress(typeof url === "string" ? url : undefined);
  const label = typeof title === "string" && title !== "" ? `Media: ${title}` : "Media";
  return { kind: "attachment", label, ...(href === undefined ? {} : { href }) };
}
