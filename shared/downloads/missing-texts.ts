/** What a code of what is missing means, as a sentence, and what to do about it: empty when nothing can or need be done. Both are in
 * English, for administrators, and may be reworded; the code is stable. */
export interface MissingText {
  readonly text: string;
  readonly remedy: string;
}

/** Tells of any code, also of those that a backup gave (`content.gone` …) and of such as nobody has heard of. */
export type Explain = (code: string) => MissingText;

const AGAIN = "Ask for the download again.";
const SUPPORT = "Ask for the download again. If it comes back, tell support this code and the time.";

/** Codes that downloads themselves give; what backups give to pictures and files is told of with those. */
export const missingTexts: Readonly<Record<string, MissingText>> = {
  pending: {
    text: "It has not been fetched from Microsoft yet.",
    remedy: "Wait until a backup has fetched it, then ask for the download again.",
  },
  failed: {
    text: "It could not be fetched from Microsoft, and no reason was kept.",
    remedy: "A later backup tries again; then ask for the download again.",
  },
  gone: {
    text: "It was stored, and is no longer there.",
    remedy: "Verify the archive, and tell support what it finds.",
  },
  damaged: {
    text: "It is there, but not with the bytes that were stored.",
    remedy: "Trust it with care. Verify the archive, and tell support what it finds.",
  },
  too_large_for_zips: {
    text: "It is too large for a thousand zips.",
    remedy: "The operator of this service raises DOWNLOAD_PART_BYTES; then ask for the download again.",
  },
  "archive.not_covered": {
    text: "No backup has covered the whole history of the account yet; messages may be missing.",
    remedy: "See why the account's backup is not complete, and ask for the download again when it is.",
  },
  "message.not_kept_as_of": {
    text: "The message was there by that moment, but only later versions of it are kept.",
    remedy: "Ask for the download without asOf, or with a later one, to get the message as it became.",
  },
  "download.spool_lost": { text: "What the zips are made from went away again and again.", remedy: SUPPORT },
  "download.part_too_large": { text: "A zip would have become larger than it may be.", remedy: SUPPORT },
  "download.gave_up": { text: "Making it broke off again and again, or took more than a week.", remedy: SUPPORT },
  "download.no_set": { text: "The record of an account's part of the download is missing.", remedy: AGAIN },
  "download.not_found": { text: "The download's own record went away while it was made.", remedy: AGAIN },
  "account.not_found": { text: "The account was removed before its zips were made.", remedy: "" },
};
