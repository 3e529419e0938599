import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { decodePack } from "../../shared/archive/pack.ts";
import { parseMessage } from "../../shared/chats/message.ts";
import { pdfRenderer } from "../../shared/downloads/render/pdf/pdf-renderer.ts";
import { HEAD } from "./mixed-messages.ts";

/* Renders packs as PDF in a process that does nothing else, and prints the most memory that it had, in bytes, and a hash of what
 * it wrote. `node bench/support/render-packs-process.ts {sha256}={file} …` */

const hash = createHash("sha256");
const renderer = pdfRenderer({ head: HEAD, open: () => Promise.reject(new Error("nothing to open")) });
const sink = {
  begin: () => undefined,
  fits: () => true,
  write: (bytes: Uint8Array) => {
    hash.update(bytes);
    return Promise.resolve();
  },
};
for (const pack of process.argv.slice(2)) {
  const [sha256 = "", file = ""] = pack.split("=");
  for await (const { raw } of decodePack(createReadStream(file), sha256)) {
    const message = parseMessage(raw);
    const about = { chat: { topic: message.chatId }, from: message.from ?? {}, nameOf: () => undefined };
    await renderer.add({ message, ...about, contents: [] }, sink);
  }
}
await renderer.end(sink);
// Node counts it in kibibytes.
console.log(`${process.resourceUsage().maxRSS * 1_024} ${hash.digest("hex")}`);
