import { ELEMENTS, type ReadPart } from "./adaptive-card.ts";
import type { Block } from "./body.ts";
import { factBlocks, htmlOrPlain, mediaBlock, paragraph, pictureBlocks } from "./card-parts.ts";
import { isRecord, type RawMessage } from "./message.ts";
import { safeAddress } from "./safe-address.ts";

/** A hostile card nests and repeats without end. Levels are objects, and lists in lists. Teams takes 100 KB of UTF-16 from a bot,
 * which are never so many texts, lists and objects, and so deep in nothing that a person would make. Source: Microsoft Learn,
 * "Format your bot messages". */
const DEEPEST = 200;
const MOST_NODES = 20_000;
const CUT: Block = { kind: "notice", text: "More of this card is left out: it nests too deeply or says too much." };

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

const SHOWN = words(
  "activitySubtitle activityTitle altText badge description label price quantity subTitle subtitle summary tax title total value vat",
);
const RICH = words("activityText text");
const PICTURES = words("activityImage backgroundImage heroImage image images");
/** What a click would send or open is not shown, nor what stands in for something that is. */
const HIDDEN = words("data fallback fallbackText invoke msteams selectAction speak style tap");
const ACTION =
  /^(Action\..*|ActionCard|InvokeAddInCommand|OpenUri|ViewAction|HttpPOST|messageBack|openUrl|imBack|postBack|invoke|signin|call|downloadFile)$/i;

const CHART = /^Chart\./;

/** Reads the JSON of a card: the elements of adaptive cards as what they are, of all others what has the name of something shown.
 * Where it first leaves something out for its depth or number, a notice says so. */
export class CardReader {
  #nodes = 0;
  #isCut = false;

  read(value: unknown, key: string, depth = 0): Block[] {
    const isText = typeof value === "string";
    if (!isText && !Array.isArray(value) && !isRecord(value)) return [];
    if (++this.#nodes > MOST_NODES || (depth > DEEPEST && !isText)) return this.#cut();
    if (isText) return textOf(key, value);
    const part: ReadPart = (inner, innerKey = "") => this.read(inner, innerKey, depth + 1);
    if (Array.isArray(value))
      return value.flatMap((inner) => (Array.isArray(inner) ? part(inner, key) : this.read(inner, key, depth)));
    const type = typeof value["type"] === "string" ? value["type"] : value["@type"];
    if (typeof type === "string" && ACTION.test(type)) return actionBlocks(value, part);
    const element = typeof type === "string" ? ELEMENTS.get(CHART.test(type) ? "Chart" : type) : undefined;
    return element?.(value, part, depth) ?? objectBlocks(value, key, part);
  }

  #cut(): Block[] {
    const said = this.#isCut;
    this.#isCut = true;
    return said ? [] : [CUT];
  }
}

function textOf(key: string, text: string): Block[] {
  if (PICTURES.has(key)) return pictureBlocks(text);
  if (RICH.has(key)) return htmlOrPlain(text);
  return SHOWN.has(key) ? paragraph(text.trim()) : [];
}

function objectBlocks(object: RawMessage, key: string, part: ReadPart): Block[] {
  const { blocks, told } = toldTogether(object, key);
  const rest = Object.entries(object).flatMap(([inner, held]) => {
    const isHidden = HIDDEN.has(inner) || (inner === "summary" && typeof object["title"] === "string");
    return isHidden || told.includes(inner) ? [] : part(held, inner);
  });
  const shown = [...blocks, ...rest];
  return shown.length > 0 ? shown : fallbackBlocks(object, part);
}

/** What stands in for an element of which nothing is known. */
function fallbackBlocks({ fallback, fallbackText }: RawMessage, part: ReadPart): Block[] {
  if (isRecord(fallback)) return part(fallback);
  return typeof fallbackText === "string" ? paragraph(fallbackText.trim()) : [];
}

/** What some members of an object say as one, and which: of a picture, of a video or sound, of a choice, of a
 * fact. */
function toldTogether(object: RawMessage, key: string): { blocks: readonly Block[]; told: readonly string[] } {
  const isText = (name: string) => typeof object[name] === "string";
  const { url, value } = object;
  if (PICTURES.has(key) && isText("url")) {
    const alt = isText("alt") ? "alt" : "title";
    return { blocks: pictureBlocks(url, object[alt]), told: ["url", alt] };
  }
  if (key === "media" && isText("url")) return { blocks: [mediaBlock(url)], told: ["url"] };
  if (isText("display")) return { blocks: paragraph(object["display"] as string), told: ["display", "value"] };
  const term = ["title", "name", "key"].find(isText);
  if (term === undefined || typeof value !== "string") return { blocks: [], told: [] };
  return { blocks: factBlocks(object[term] as string, value), told: [term, "value"] };
}

/** `[Open]`, with where it leads, and the card or content, inputs and actions that it would unfold. */
function actionBlocks(action: RawMessage, part: ReadPart): Block[] {
  const { title, name, url, value, target: targetUrl, targets, card, content, inputs, actions, menuActions } = action;
  const shown = [title, name].find((text) => typeof text === "string" && text !== "");
  const target: unknown = Array.isArray(targets) && isRecord(targets[0]) ? targets[0]["uri"] : undefined;
  const legacy: unknown = Array.isArray(targetUrl) ? targetUrl[0] : targetUrl;
  const address = [url, value, target, legacy].find((one) => typeof one === "string");
  const href = safeAddress(address);
  const text = `[${shown as string}]`;
  const button: Block = {
    kind: "paragraph",
    runs: [{ kind: "text", text, ...(href === undefined ? {} : { href }) }],
  };
  return [
    ...(shown === undefined ? [] : [button]),
    ...[card, content].flatMap((inner) => (isRecord(inner) ? part(inner) : [])),
    ...[inputs, actions, menuActions].flatMap((inner) => part(inner)),
  ];
}
