/** A spreadsheet may run a cell that begins with one of these as a formula, signs of full width and what it skips included. The `'`
 * itself is among them, so that removing exactly one leading `'` restores any text. Source: OWASP, "CSV Injection". */
const DANGEROUS = /^[=+\-@＝＋－＠\t\r\n\0']/;

export const guardCell = (text: string): string => (DANGEROUS.test(text) ? `'${text}` : text);
