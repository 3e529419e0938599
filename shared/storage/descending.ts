const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

/** Turns an id that sorts by its time into a row key that sorts the other way round, so that a table lists the newest
 * first. Applied twice it gives the id back. */
export const descending = (id: string): string =>
  id.replace(/./g, (digit) => DIGITS.charAt(31 - DIGITS.indexOf(digit)));
