import { readContent } from "../read-content.ts";
import type { OpenContent, PlacedContent, RenderItem } from "../renderer.ts";
import type { DocumentWriter } from "./file/document-writer.ts";
import type { DrawnPicture } from "./layout/setting.ts";
import { openPicture } from "./picture/open-picture.ts";

/** Larger files are not looked into; 16 megapixels take less, nearly always. */
const MOST_BYTES = 25_000_000;

export interface PictureLimits {
  readonly open: OpenContent;
  /** A document that has as much takes no more. */
  readonly mostBytes: number;
}

/** Where pictures go. */
export interface PictureRoom {
  /** Whether the document can take so many bytes more. */
  readonly fits: (bytes: number) => boolean;
  /** Takes from memory what was put. */
  readonly write: () => Promise<void>;
}

/** The pictures of one document, each once. */
export class PdfPictures {
  readonly #writer: DocumentWriter;
  readonly #limits: PictureLimits;
  /** Undefined: it cannot be drawn. A word: why not. */
  readonly #known = new Map<string, DrawnPicture | string | undefined>();
  #bytes = 0;

  constructor(writer: DocumentWriter, limits: PictureLimits) {
    this.#writer = writer;
    this.#limits = limits;
  }

  /** What the document holds of them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What a message adds, nearly: those that PDF wants packed in another way than their files may take more. */
  newBytes(item: RenderItem): number {
    const added = item.contents.filter((content) => isWanted(content) && !this.#known.has(content.sha256));
    return added.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  }

  /** Puts the pictures of a message, one after another as far as there is room, and gives, by the keys of its contents, those that
   * can be drawn, or why one cannot. One is in memory at a time. */
  async of(item: RenderItem, room: PictureRoom): Promise<ReadonlyMap<string, DrawnPicture | string>> {
    const drawn = new Map<string, DrawnPicture | string>();
    for (const content of item.contents) {
      if (!isWanted(content)) continue;
      const picture = await this.#picture(content, room);
      if (picture) drawn.set(content.key, picture);
    }
    return drawn;
  }

  async #picture({ sha256, bytes = 0 }: WantedContent, room: PictureRoom): Promise<DrawnPicture | string | undefined> {
    if (this.#known.has(sha256)) return this.#known.get(sha256);
    if (this.#bytes >= this.#limits.mostBytes || !room.fits(bytes)) return undefined;
    const read = await readContent(this.#limits.open, sha256, MOST_BYTES);
    const open = read && openPicture(read);
    if (typeof open === "string") {
      this.#known.set(sha256, open);
      return open;
    }
    if (open && !room.fits(open.mostBytes)) return undefined;
    const { file } = this.#writer;
    const before = file.bytes;
    const put = await open?.put(file, room.write);
    this.#bytes += file.bytes - before;
    const picture = put && { name: this.#writer.addPicture(put.ref), width: put.width, height: put.height };
    this.#known.set(sha256, picture);
    await room.write();
    return picture;
  }
}

type WantedContent = PlacedContent & { readonly sha256: string };

const isWanted = (content: PlacedContent): content is WantedContent =>
  content.sha256 !== undefined &&
  (content.bytes ?? Number.POSITIVE_INFINITY) <= MOST_BYTES &&
  (content.kind === "hosted" ? HOSTED : SHARED).test(content.name);

const SHARED = /\.(jpe?g|png)$/i;
/** Nearly all that Teams hosts are pictures, also where their source said nothing about it. */
const HOSTED = /\.(jpe?g|png|bin)$/i;
