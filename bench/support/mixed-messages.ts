import { encodePack, packLine } from "../../shared/archive/pack.ts";
import { versionOf } from "../../shared/archive/version.ts";
import type { RenderHead } from "../../shared/downloads/render/renderer.ts";
import { randomFrom } from "../../local/graph-simulator/tenant/random.ts";
import { type Language, sentence } from "../../local/graph-simulator/tenant/texts/languages.ts";
import type { FontName } from "../../shared/downloads/render/pdf/type/font-files.ts";

/** Whose font draws a language. */
export const FONTS: Readonly<Record<Language, FontName>> = {
  ...{ en: "noto-sans", de: "noto-sans", fr: "noto-sans", ru: "noto-sans", el: "noto-sans" },
  ...{ zh: "noto-sans-sc", ja: "noto-sans-jp", ko: "noto-sans-kr" },
  ...{ ar: "vazirmatn", he: "noto-sans-hebrew", hi: "noto-sans-devanagari", th: "noto-sans-thai" },
};
const LANGUAGES = Object.keys(FONTS) as Language[];
const CHATS = 10;
const PACK = 5_000;
const START = Date.UTC(2026, 0, 5);

/** Of a download of all of them. */
export const HEAD: RenderHead = {
  account: { displayName: "Adele Vance", userPrincipalName: "adele@contoso.test" },
  ...{ from: START, to: Date.UTC(2027, 0, 1), timeZone: "Europe/Berlin", attachments: false, systemEvents: true },
};

export interface PlainMessage {
  readonly sender: string;
  readonly text: string;
  readonly language: Language;
}

/** The n-th message of a conversation of many languages, half of them English. */
export function plainMessage(at: number): PlainMessage {
  const random = randomFrom(at + 1);
  const language = random.chance(0.5) ? "en" : random.pick(LANGUAGES);
  return { sender: `Person ${at % 40}`, text: sentence(language, random), language };
}

/** The same as a backup stores them: packs of 5,000, in the order of the archive. */
export async function packsOf(count: number): Promise<{ sha256: string; bytes: Buffer }[]> {
  const packs: { sha256: string; bytes: Buffer }[] = [];
  for (let start = 0; start < count; start += PACK) {
    const numbers = Array.from({ length: Math.min(PACK, count - start) }, (_, i) => start + i);
    const versions = numbers.map((at) => versionOf(raw(at, count))).filter((version) => version !== undefined);
    const lines = versions.map(packLine);
    packs.push(await encodePack(lines));
  }
  return packs;
}

function raw(at: number, count: number) {
  const { sender, text } = plainMessage(at);
  const created = new Date(START + at * 60_000).toISOString();
  return {
    ...{ id: String(START + at * 60_000), etag: "1", messageType: "message", createdDateTime: created },
    ...{ lastModifiedDateTime: created, chatId: `19:chat${Math.floor((at * CHATS) / count)}@thread.v2` },
    from: { user: { id: sender, displayName: sender, userIdentityType: "aadUser" } },
    body: { contentType: "html", content: `<p>${text.replace(/&/g, "&amp;").replace(/</g, "&lt;")}</p>` },
    ...{ attachments: [], mentions: [], reactions: [], importance: "normal" },
  };
}
