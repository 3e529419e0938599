/** What is said of a download, or of a zip's file set, without any message: that nothing went wrong. Null for others. */
export const noteOf = (messages: number): string | null =>
  messages === 0 ? "The archive holds no message of what was asked for." : null;
