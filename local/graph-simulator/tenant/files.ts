import { guidFrom, hexFrom, randomFrom, seedOf } from "./random.ts";
import type { Directory, Person } from "./people.ts";
import { hostileFileNames } from "./texts/hostile.ts";

/** What a request for the file's bytes meets. "foreign" lies in another tenant's drive; "folder" is no file any more. */
export type FileState = "available" | "gone" | "forbidden" | "foreign" | "malware" | "folder";

/** What people did to a shared file since it was generated. */
export interface FileChange {
  readonly state?: FileState;
  /** 2 and more: the bytes were replaced. */
  readonly revision?: number;
  readonly bytes?: number;
}

export interface SharedFile {
  readonly id: string;
  /** As shown in the chat; may differ from the name in the drive. */
  readonly name: string;
  readonly driveName: string;
  readonly owner: Person;
  /** The exact string that messages carry, with raw spaces and non-ASCII characters. */
  readonly contentUrl: string;
  readonly bytes: number;
  /** 1 as generated; grows when the bytes are replaced. */
  readonly revision: number;
  readonly contentType: string;
  readonly state: FileState;
}

const mebibyte = 1024 * 1024;
const ordinary: readonly (readonly [name: string, contentType: string])[] = [
  ["Budget 2026.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  ["Angebot für Müller & Söhne.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["отчёт за квартал.pdf", "application/pdf"],
  ["見積書.pdf", "application/pdf"],
  ["عرض الأسعار.pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"],
  ["photo.png", "image/png"],
  ["Photo.PNG", "image/png"],
  ["PHOTO.png", "image/png"],
  ["notes.txt", "text/plain"],
  ["Notes.txt", "text/plain"],
  ["archive.tar.gz", "application/gzip"],
  ["emoji 🎉 party.ics", "text/calendar"],
];
/** A few large files; with the small ones they stay below 30 MB. */
const large = [12 * mebibyte, 6 * mebibyte + 1, 4 * mebibyte - 1, 2 * mebibyte] as const;

/** The file that the so-manieth message with a file links to. Large ones go round between two people only: a group would
 * hold a copy of them for each of its members. */
export function fileFor(files: readonly SharedFile[], ordinal: number, people: number): SharedFile | undefined {
  const at = ordinal % files.length;
  const isLarge = files.length >= 40 && at < large.length;
  return files[isLarge && people > 2 ? at + large.length : at];
}

function sizeOf(n: number, total: number, seed: number): number {
  if (total >= 40 && n < large.length) return large[n] as number;
  if (n % 29 === 13) return 0;
  const random = randomFrom(seed);
  return 1 + random.int(random.chance(0.1) ? 400_000 : 40_000);
}

function stateOf(n: number): FileState {
  if (n % 17 === 11) return "gone";
  if (n % 23 === 12) return "forbidden";
  return n % 31 === 16 ? "foreign" : "available";
}

const personalSite = (owner: Person): string => owner.userPrincipalName.replace(/[^a-zA-Z0-9]/g, "_");

/** The files that chats share. Every hostile name occurs once; the first ones are the large ones. */
export function makeFiles(seed: string, directory: Directory, count: number): SharedFile[] {
  const owners = directory.accounts.filter((p) => p.account?.licensed);
  const company = directory.domain.split(".")[0] as string;
  return Array.from({ length: count }, (_, n) => {
    const hostile = n >= 8 && n - 8 < hostileFileNames.length ? hostileFileNames[n - 8] : undefined;
    const [plainName, contentType] = ordinary[n % ordinary.length] as (typeof ordinary)[number];
    const name = hostile ?? plainName;
    const driveName = n % 7 === 5 ? `${n} renamed ${plainName}` : `${n} ${name}`;
    const owner = owners[n % owners.length] as Person;
    const state = stateOf(n);
    const host = state === "foreign" ? "partner-my.sharepoint.com" : `${company}-my.sharepoint.com`;
    // Slashes, backslashes and control characters cannot be part of an address; the rest stays raw, as Teams writes it.
    const path = driveName.replace(/[\u0000-\u001f/\\?#]/g, "_");
    return {
      id: guidFrom(seed, "file", n).toUpperCase(),
      name,
      driveName: path,
      owner,
      contentUrl: `https://${host}/personal/${personalSite(owner)}/Documents/Microsoft Teams Chat Files/${path}`,
      revision: 1,
      bytes: sizeOf(n, count, seedOf(seed, "size", n)),
      contentType: hostile === undefined ? contentType : "application/octet-stream",
      state,
    };
  });
}

/** Changes with bytes and name alike; the cTag with bytes alone. */
export const etagOf = (file: SharedFile): string => `"{${file.id}},${file.revision + 1}"`;

/** Seed of a file's bytes; two versions of a file differ. */
export const bytesSeed = (file: SharedFile): string => hexFrom("bytes", file.id, file.bytes, file.revision);
