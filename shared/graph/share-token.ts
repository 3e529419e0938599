/** Names a file to Graph by its web address: over the exact text, raw spaces and all.
 * @see https://learn.microsoft.com/graph/api/shares-get#encoding-sharing-urls */
export const shareToken = (url: string): string => `u!${Buffer.from(url, "utf8").toString("base64url")}`;
