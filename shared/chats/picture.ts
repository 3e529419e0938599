import type { Run } from "./body.ts";
import type { Attributes } from "./read-html.ts";
import { hostedKey } from "./references.ts";
import { safeAddress } from "./safe-address.ts";

type Picture = Extract<Run, { kind: "picture" }>;

/** A picture under its address: one that Teams hosts is among the message's contents. */
export function pictureAt(url: string | undefined, alt = ""): Picture {
  const content = url === undefined ? undefined : hostedKey(url);
  const href = content === undefined && /^https?:/i.test(url ?? "") ? safeAddress(url) : undefined;
  return {
    kind: "picture",
    alt: /^image$/i.test(alt) ? "" : alt,
    ...(content === undefined ? {} : { content }),
    ...(href === undefined ? {} : { href }),
  };
}

/** `<img>`; its size is an attribute or in its style. */
export function picture(attributes: Attributes): Picture {
  const [width, height] = [size(attributes, "width"), size(attributes, "height")];
  return {
    ...pictureAt(attributes["src"], attributes["alt"]),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
  };
}

export function customEmoji({ alt, id, source }: Attributes): Run {
  const content = source === undefined ? undefined : hostedKey(source);
  return { kind: "emoji", text: `:${alt || id || "emoji"}:`, ...(content === undefined ? {} : { content }) };
}

const LARGEST = 10_000;

function size(attributes: Attributes, name: "width" | "height"): number | undefined {
  const styled = new RegExp(`(?:^|[;\\s])${name}\\s{0,9}:\\s{0,9}([0-9.]{1,9})px`, "i").exec(attributes["style"] ?? "");
  const given = Number.parseFloat(attributes[name] || styled?.[1] || "");
  return given > 0 && given <= LARGEST ? Math.round(given) : undefined;
}
