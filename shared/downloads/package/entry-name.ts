import { seenText } from "../seen-text.ts";
import { MOST_PIECES } from "./cost.ts";
import { pieceName } from "./manifest-lines.ts";

/** Bytes of UTF-8, so that a path in a deep folder still opens on Windows (260) and any file system takes it (255). */
const MOST_BYTES = 120;
const MOST_EXTENSION_BYTES = 20;
const LONGEST_MARK = " (1000000)";

const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]/gu;
const FORBIDDEN = /[<>:"/\\|?*]/g;
/** Windows takes these for devices, with any extension. */
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)/i;

/** Makes a name that Windows, macOS and Linux can all unpack: NFC, nothing unseen or forbidden, no reserved name, no space or
 * dot at the end, at most 120 bytes with the extension kept. Never empty; an already safe name stays. */
export function safeFileName(name: string, mostBytes = MOST_BYTES): string {
  const cleaned = seenText(name.replace(CONTROLS, "")).normalize("NFC").replace(FORBIDDEN, "_");
  const trimmed = cleaned.trim().replace(/[. ]+$/u, "");
  const named = trimmed.replace(/^[.\u200c\u200d]+$/, "") || "file";
  const short = shorten(named, mostBytes);
  // After the cut, which can leave of `con … x.txt` just that.
  return RESERVED.test(short) ? `_${shorten(short, mostBytes - 1)}` : short;
}

/** Gives out names of one folder: a name that was given before in any case or composition is numbered (`a.png`, `a (2).png`),
 * so that file systems that ignore case keep both. With the name of a file in pieces go all that pieces can have, so that no other file
 * stands among them. */
export class FolderNames {
  readonly #taken = new Set<string>();
  /** The last number given, per name without what a number takes the place of: thousands of `image.png`, or of long names that
   * differ at their end alone, need no search. */
  readonly #last = new Map<string, number>();

  take(wanted: string, pieces = 1): string {
    return this.takeMarked(wanted, pieces).name;
  }

  /** `mark` is what tells it from those before: ` (2)`, or nothing. */
  takeMarked(wanted: string, pieces = 1): { readonly name: string; readonly mark: string } {
    const name = safeFileName(wanted);
    const key = fold(marked(name, LONGEST_MARK));
    for (let number = 1; ; number = Math.max(number, this.#last.get(key) ?? 1) + 1) {
      const mark = number === 1 ? "" : ` (${number})`;
      const candidate = number === 1 ? name : marked(name, mark);
      const taken = withPieces(candidate, pieces).map(fold);
      if (taken.some((one) => this.#taken.has(one))) continue;
      for (const one of taken) this.#taken.add(one);
      if (number > 1) this.#last.set(key, number);
      return { name: candidate, mark };
    }
  }
}

/** A name to ask for that keeps its end, however long its beginning is. */
export const endingIn = (beginning: string, end: string): string =>
  `${shorten(beginning, MOST_BYTES - bytes(end))}${end}`;

const withPieces = (name: string, pieces: number): string[] => [
  name,
  ...Array.from({ length: pieces === 1 ? 0 : MOST_PIECES }, (_, at) => pieceName(name, at + 1)),
];

function marked(name: string, mark: string): string {
  const [stem, extension] = split(name);
  return `${cut(stem, MOST_BYTES - bytes(mark) - bytes(extension)).trimEnd()}${mark}${extension}`;
}

/** Cuts what is too long, between whole characters and before a short extension. */
export function shorten(name: string, mostBytes: number): string {
  if (bytes(name) <= mostBytes) return name;
  const [stem, extension] = split(name);
  return `${cut(stem, mostBytes - bytes(extension)).replace(/[. ]+$/u, "")}${extension}` || "file";
}

function split(name: string): [stem: string, extension: string] {
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 ? name.slice(dot) : "";
  return bytes(extension) <= MOST_EXTENSION_BYTES
    ? [name.slice(0, name.length - extension.length), extension]
    : [name, ""];
}

/** Between whole characters, and without what a cut leaves unseen of the last. */
function cut(text: string, mostBytes: number): string {
  let kept = "";
  let room = mostBytes;
  for (const character of text) {
    room -= bytes(character);
    if (room < 0) break;
    kept += character;
  }
  return seenText(kept);
}

/** What is the same of two names that a file system may take for one. Down first, as only the small `ß` becomes the `SS` that macOS
 * takes both sizes of it for. */
export const fold = (name: string): string =>
  name.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase().normalize("NFC");
const bytes = (text: string): number => Buffer.byteLength(text);
