import { readFile } from "node:fs/promises";
import { pictureItem, renderPdf } from "./render-pdf.ts";

/* Makes the document of one picture in a process that does nothing else, and prints the most memory that it had, in bytes, and how
 * many images stand in the document. */

const [document] = await renderPdf([pictureItem("a.png", await readFile(process.argv[2] ?? ""))]);
const images = (document?.bytes.toString("latin1").split("/Subtype /Image").length ?? 1) - 1;
// Node counts it in kibibytes.
console.log(`${process.resourceUsage().maxRSS * 1_024} ${images}`);
