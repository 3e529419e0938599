import type { Content, HostedReference, TransferTime } from "../backup/content-source.ts";
import { isAppError } from "../platform/errors.ts";
import { contentError, interrupted } from "./content-error.ts";
import { bodyChunks, bodyStream } from "./read-body.ts";
import type { TenantApi } from "./tenant-apis.ts";

/** The metadata call tells neither size nor type, so the bytes are asked for at once.
 * @see https://learn.microsoft.com/graph/api/chatmessagehostedcontent-get */
export async function hostedContent(
  { api }: TenantApi,
  { chatId, messageId, hostedId }: HostedReference,
  time?: TransferTime,
): Promise<Content> {
  const [chat, message, hosted] = [chatId, messageId, hostedId].map(encodeURIComponent);
  const path = `/v1.0/chats/${chat}/messages/${message}/hostedContents/${hosted}/$value`;
  try {
    const response = await api.open(path, { bucket: "hosted", time, subject: chatId });
    if (response.status !== 200 || !isFramed(response)) {
      await response.body?.cancel();
      throw interrupted();
    }
    const bytes = lengthOf(response);
    const type = mediaType(response);
    return {
      body: bodyStream(whole(response, bytes, time), response),
      ...(bytes === undefined ? {} : { bytes }),
      ...(type === undefined ? {} : { type }),
    };
  } catch (error) {
    throw contentError(error);
  }
}

async function* whole(response: Response, bytes: number | undefined, time?: TransferTime): AsyncGenerator<Uint8Array> {
  let read = 0;
  try {
    for await (const chunk of bodyChunks(response, { time })) {
      read += chunk.byteLength;
      yield chunk;
    }
  } catch (error) {
    throw isAppError(error) ? error : interrupted();
  }
  if (bytes !== undefined && read !== bytes) throw interrupted();
}

/** Whether a body that breaks off can be told from one that ends: nothing else says how long it is. */
const isFramed = ({ headers }: Response): boolean =>
  ["content-length", "transfer-encoding", "content-encoding"].some((name) => headers.has(name));

/** Length of the bytes that will be read; a compressed answer's header tells another one. */
export function lengthOf(response: Response): number | undefined {
  const encoding = response.headers.get("content-encoding");
  const length = response.headers.get("content-length") ?? "";
  return (encoding === null || encoding === "identity") && /^\d+$/.test(length) ? Number(length) : undefined;
}

export const mediaType = (response: Response): string | undefined =>
  response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() || undefined;
