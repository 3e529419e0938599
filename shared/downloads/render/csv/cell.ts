/** A spreadsheet runs a cell that begins with one of these as a formula. The `'` itself is among them, so that removing
 * exactly one leading `'` restores any text. Source: OWASP, "CSV Injection". */
const DANGEROUS = /^[=+\-@\t\r']/;

export const guardCell = (text: string): string => (DANGEROUS.test(text) ? `'${text}` : text);
