import { parentPort, workerData } from "node:worker_threads";
import { renderItem, renderPdf } from "./render-pdf.ts";

/* A thread that makes the document of one message, `piece` so many times, and posts its bytes. */

const { before, piece, times, behind } = workerData as Readonly<Record<string, string>> & { readonly times: number };
const content = `<p>${before}${piece?.repeat(times)}${behind}</p>`;
const [document] = await renderPdf([renderItem({ body: { contentType: "html", content } })]);
parentPort?.postMessage(document?.bytes);
