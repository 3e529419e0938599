import { buffer } from "node:stream/consumers";
import { isAppError } from "../../../platform/errors.ts";
import type { OpenContent, PlacedContent, RenderItem } from "../renderer.ts";
import type { DocumentWriter } from "./file/document-writer.ts";
import type { DrawnPicture } from "./layout/setting.ts";
import { putPicture } from "./picture/put-picture.ts";

/** Larger files are not looked into; 16 megapixels take less, nearly always. */
const MOST_BYTES = 25_000_000;

/** The pictures of one document, each once. */
export class PdfPictures {
  readonly #writer: DocumentWriter;
  readonly #open: OpenContent;
  readonly #known = new Map<string, DrawnPicture | undefined>();
  #bytes = 0;

  constructor(writer: DocumentWriter, open: OpenContent) {
    this.#writer = writer;
    this.#open = open;
  }

  /** What the document holds of them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What a message adds at the most. */
  newBytes(item: RenderItem): number {
    const added = item.contents.filter((content) => isWanted(content) && !this.#known.has(content.sha256));
    return added.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  }

  /** Reads the pictures of a message and gives, by the keys of its contents, those that can be drawn. */
  async of(item: RenderItem): Promise<ReadonlyMap<string, DrawnPicture>> {
    const drawn = new Map<string, DrawnPicture>();
    for (const content of item.contents) {
      if (!isWanted(content)) continue;
      if (!this.#known.has(content.sha256)) this.#known.set(content.sha256, await this.#put(content.sha256));
      const picture = this.#known.get(content.sha256);
      if (picture) drawn.set(content.key, picture);
    }
    return drawn;
  }

  /** Whoever builds the zip finds it gone as well, and says so there. */
  async #read(sha256: string): Promise<Buffer | undefined> {
    try {
      return await buffer(await this.#open(sha256));
    } catch (error) {
      if (isAppError(error, "storage.not_found")) return undefined;
      throw error;
    }
  }

  async #put(sha256: string): Promise<DrawnPicture | undefined> {
    const { file } = this.#writer;
    const bytes = await this.#read(sha256);
    const before = file.bytes;
    const put = bytes && putPicture(file, bytes);
    this.#bytes += file.bytes - before;
    return put && { name: this.#writer.addPicture(put.ref), width: put.width, height: put.height };
  }
}

const isWanted = (content: PlacedContent): content is PlacedContent & { readonly sha256: string } =>
  content.sha256 !== undefined &&
  (content.bytes ?? Number.POSITIVE_INFINITY) <= MOST_BYTES &&
  /\.(jpe?g|png)$/i.test(content.name);
