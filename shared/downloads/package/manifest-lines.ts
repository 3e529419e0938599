import { csvRow } from "../render/csv/csv-row.ts";
import type { MissingText } from "../missing-texts.ts";
import type { IndexedContent, IndexedReference, PieceOf } from "./set-index.ts";

/** An entry of a zip, as its manifest and SHA256SUMS list it. */
export interface ListedEntry {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly kind: string;
  readonly messages?: number;
  readonly pieceOf?: PieceOf;
}

/** Where a content lies in the file set: one entry, or the pieces that `cat` joins. */
export type Place =
  | { readonly part: number; readonly entry: string }
  | { readonly part: number; readonly pieces: readonly { readonly part: number; readonly entry: string }[] };

export const entryLine = (entry: ListedEntry): string => JSON.stringify(entry);

export const attachmentLine = (reference: IndexedReference, content: IndexedContent, place: Place): string =>
  JSON.stringify({
    messageId: reference.messageId,
    chatId: reference.chatId,
    name: reference.name,
    sha256: content.sha256,
    bytes: content.bytes,
    ...place,
  });

export const missingLine = ({ messageId, chatId, name, missing }: IndexedReference): string =>
  JSON.stringify({ messageId, chatId, name, reason: missing });

export const sumLine = ({ sha256, name }: Pick<ListedEntry, "sha256" | "name">): string => `${sha256}  ${name}\n`;

export const MISSING_HEAD = Buffer.concat([
  Buffer.from("\ufeff"),
  csvRow(["chatId", "messageId", "name", "reason", "text", "remedy"]),
]);

/** A longer sentence is cut: each zip keeps room for so much. */
export const LONGEST_TEXT = 250;

export const missingRow = (
  { chatId, messageId, name, missing = "" }: IndexedReference,
  { text, remedy }: MissingText,
): Buffer => csvRow([chatId, messageId, name, missing, text.slice(0, LONGEST_TEXT), remedy.slice(0, LONGEST_TEXT)]);

/** `a.zip.001`: as many digits as the number of pieces needs, at least three. */
export const pieceName = (name: string, piece: number): string => `${name}.${String(piece).padStart(3, "0")}`;

export const JOIN_HEAD = `Some files were too large for one zip and are cut into pieces: name.001, name.002, ...
Unpack all zips of this file set into one folder (manifest.json and what else each of them has may take the place of
the one before), go to the folder that holds the pieces (of attachments: Attachments), and join them in order:

  Linux, macOS:  the first command below
  Windows:       the second, in PowerShell, not in the Command Prompt; it shows the SHA-256

The joined file must have this SHA-256:

`;

/** With a command for shells and one for PowerShell, to be run in the folder that holds the pieces, in which the name, whatever it is,
 * is nothing but a name. */
export const joinLine = ({ sha256, name, bytes }: Omit<PieceOf, "piece" | "pieces">, pieces: number): string => {
  const inFolder = name.slice(name.lastIndexOf("/") + 1);
  const quoted = `./'${inFolder.replaceAll("'", `'\\''`)}'`;
  const shell = `cat ${quoted}.[0-9][0-9][0-9] > ${quoted}`;
  return `${sha256}  ${name}  (${pieces} pieces, ${bytes} bytes)\n  ${shell}\n  ${powerShellJoin(inFolder, pieces)}\n\n`;
};

/** Piece after piece, of which it holds a little at a time; ends at the first that is not there. Paths are whole, as .NET's folder is
 * another than PowerShell's. In Windows PowerShell 5.1, too. */
const powerShellJoin = (name: string, pieces: number): string =>
  [
    "& { $ErrorActionPreference = 'Stop';",
    `$name = [IO.Path]::Combine($PWD.ProviderPath, ${powerShellText(name)});`,
    "$whole = [IO.File]::Create($name);",
    `try { foreach ($n in 1..${pieces}) { $piece = [IO.File]::OpenRead($name + $n.ToString('\\.000'));`,
    "try { $piece.CopyTo($whole) } finally { $piece.Dispose() } } } finally { $whole.Dispose() };",
    "(Get-FileHash -LiteralPath $name).Hash.ToLower() }",
  ].join(" ");

/** In single quotes nothing but these has a meaning, all five of which PowerShell takes for the same. Source: PowerShell,
 * `CodeGeneration.EscapeSingleQuotedStringContent`. */
const powerShellText = (text: string): string => `'${text.replace(/['\u2018-\u201b]/g, "$&$&")}'`;
