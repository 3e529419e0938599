const ALLOWED = /^(https?:\/\/|mailto:|tel:)/i;
const LONGEST = 8_000;

/** An address that may stand in a document as a link: http(s), mailto or tel. Anything else, also in disguise, is none. */
export function safeAddress(given: string | undefined): string | undefined {
  const address = given?.trim();
  if (!address || address.length > LONGEST || !ALLOWED.test(address)) return undefined;
  return address.replace(/[\s\p{Cc}\p{Cf}\p{Cs}"<>\\^`{|}]/gu, (mark) => encodeURIComponent(mark.toWellFormed()));
}
