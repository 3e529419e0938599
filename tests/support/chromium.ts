import { join } from "node:path";
import { Parser } from "htmlparser2";
import { runProgram } from "./program.ts";

/** Debian's own Chromium, without a window. Root has no sandbox, and a container little shared memory. */
const flags = (folder: string): readonly string[] => [
  ...["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"],
  ...["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  ...["--virtual-time-budget=5000", `--user-data-dir=${join(folder, "chromium")}`],
];

export interface Page {
  readonly title: string;
  /** What a reader sees: the text of the body without scripts and styles. */
  readonly text: string;
  readonly links: readonly string[];
}

/** Loads a page, runs its scripts, and reads the document that came of it. */
export async function openPage(url: string, folder: string): Promise<Page> {
  const html = await runProgram("chromium", [...flags(folder), "--dump-dom", url]);
  const open: string[] = [];
  const links: string[] = [];
  let [title, text] = ["", ""];
  const parser = new Parser({
    onopentag(name, { href }) {
      open.push(name);
      if (name === "a" && href !== undefined) links.push(href);
    },
    ontext(piece) {
      if (open.at(-1) === "title") title += piece;
      else if (open.includes("body") && !["script", "style"].includes(open.at(-1) ?? "")) text += piece;
    },
    onclosetag: () => void open.pop(),
  });
  parser.end(html);
  return { title, text, links };
}

/** Draws a page of 1280 by 800 points into a PNG file and gives its path. */
export async function takeScreenshot(url: string, folder: string, name: string): Promise<string> {
  const file = join(folder, `${name}.png`);
  await runProgram("chromium", [...flags(folder), "--window-size=1280,800", `--screenshot=${file}`, url]);
  return file;
}
