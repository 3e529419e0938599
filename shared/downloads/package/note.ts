/** The code of a message that was there by `asOf`, but of which only later versions are kept. */
export const NOT_KEPT = "message.not_kept_as_of";

/** What is said of a download, or of a zip's file set, without any message: that nothing went wrong, or that `notKept` messages were
 * there by `asOf` of which only later versions are kept. Null for others. */
export function noteOf(messages: number, notKept: number): string | null {
  if (messages > 0) return null;
  return notKept === 0
    ? "The archive holds no message of what was asked for."
    : `Of what was asked for, the archive holds no message as it was by asOf, but later versions of ${counted(notKept)}: MISSING.csv names them.`;
}

/** What a document says that has no message to show; `notKept` as above. */
export const emptyText = (notKept: number): string =>
  notKept === 0
    ? "There are no messages in this range."
    : `No message of this range is kept as of the moment that was asked for, but later versions of ${counted(notKept)}: MISSING.csv names them.`;

const counted = (messages: number): string => (messages === 1 ? "1 message" : `${messages} messages`);
