import { createServer, type IncomingHttpHeaders, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import { newId } from "../../../shared/platform/new-id.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { putNamedByHash } from "../../../shared/storage/put-named-by-hash.ts";
import { clientsOf } from "../../support/storage.ts";

let azurite: Azurite;
let front: Server;
/** What the storage says in the place of Azurite, which copies at once and never fails. */
let said: (method: string, url: string) => { status?: number; headers?: Readonly<Record<string, string>> } | undefined;
const honest = () => undefined;

beforeAll(async () => {
  azurite = await startAzurite();
  front = createServer((asked, answer) => {
    const [method, url] = [asked.method ?? "", asked.url ?? ""];
    const other = said(method, url);
    if (other?.status !== undefined)
      return void asked.resume().on("end", () => answer.writeHead(other.status ?? 0).end());
    const passed = request(new URL(url, azurite.blobUrl), { method, headers: asked.headers }, (given) => {
      const headers: IncomingHttpHeaders = { ...given.headers, ...other?.headers };
      answer.writeHead(given.statusCode ?? 500, headers);
      given.pipe(answer);
    });
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
});
afterEach(() => void (said = honest));
afterAll(async () => {
  front.closeAllConnections();
  front.close();
  await azurite.stop();
});

const TYPE = "application/octet-stream";
const text = Buffer.from("what is to be kept");

function world() {
  said = honest;
  const { port } = front.address() as AddressInfo;
  const connectionString = azurite.connectionString.replace(new URL(azurite.blobUrl).host, `127.0.0.1:${port}`);
  const { blobs: service } = clientsOf({ ...azurite, connectionString });
  const organizationId = newId(Date.now());
  const blobs = organizationBlobs(service)(organizationId);
  const container = service.getContainerClient(`org-${organizationId}`);
  return {
    blobs,
    put: () => putNamedByHash(blobs, chunks(), TYPE, () => "target"),
    emptyTarget: async () => (await blobs.blob("target")).uploadData(Buffer.alloc(0)),
    read: async () => (await buffer(await blobs.open("target"))).toString(),
    uploads: async () => (await Array.fromAsync(container.listBlobsFlat({ prefix: "uploads/" }))).length,
  };
}

async function* chunks(): AsyncGenerator<Buffer> {
  yield await Promise.resolve(text);
}

const isLook = (method: string, url: string) => method === "HEAD" && url.includes("/target");
const copy = (status: string) => ({ headers: { "x-ms-copy-status": status } });

test("what a failed copy left under the name is no blob: the next one that streams it copies it whole", async () => {
  const { put, emptyTarget, read, uploads } = world();
  await emptyTarget();
  expect(await put()).toMatchObject({ bytes: text.length });
  expect(await read()).toBe(text.toString());
  expect(await put()).toMatchObject({ bytes: text.length });
  expect(await uploads()).toBe(0);
});

test("a blob put at once writes over what a failed copy left, and nothing else", async () => {
  const { blobs, emptyTarget, read } = world();
  await emptyTarget();
  expect(await blobs.putOnce("target", text, TYPE)).toBe("written");
  expect(await blobs.putOnce("target", Buffer.from("something else"), TYPE)).toBe("existed");
  expect(await read()).toBe(text.toString());
  expect(await blobs.putOnce("empty", Buffer.alloc(0), TYPE)).toBe("written");
  expect(await blobs.putOnce("empty", Buffer.alloc(0), TYPE)).toBe("existed");
});

test("a copy that is under way is waited for, and no upload goes before it is whole", async () => {
  const { put, read, uploads } = world();
  let looks = 0;
  const left: Promise<number>[] = [];
  said = (method, url) => {
    if (!isLook(method, url) || (looks += 1) === 1 || looks > 2) return undefined;
    left.push(uploads());
    return copy("pending");
  };
  await put();
  expect(await Promise.all(left)).toEqual([1]);
  expect([await read(), await uploads()]).toEqual([text.toString(), 0]);
});

test("a copy that keeps failing is an error that a retry may mend, and its source stays", async () => {
  const { put, uploads } = world();
  said = (method, url) => (isLook(method, url) ? copy("failed") : undefined);
  await expect(put()).rejects.toMatchObject({ code: "storage.unavailable" });
  expect(await uploads()).toBe(1);
});

test("a blob that is still being copied is not said to exist", async () => {
  const { blobs, emptyTarget } = world();
  await emptyTarget();
  said = (method, url) => (isLook(method, url) ? copy("pending") : undefined);
  await expect(blobs.putOnce("target", text, TYPE)).rejects.toMatchObject({ code: "storage.unavailable" });
});

test("a source is closed when its upload fails", async () => {
  const { blobs } = world();
  let isClosed = false;
  async function* endless(): AsyncGenerator<Buffer> {
    try {
      for (;;) yield await Promise.resolve(Buffer.alloc(1024 * 1024));
    } finally {
      isClosed = true;
    }
  }
  said = (method, url) => (method === "PUT" && url.includes("comp=block") ? { status: 403 } : undefined);
  await expect(putNamedByHash(blobs, endless(), TYPE, () => "target")).rejects.toThrow();
  await expect.poll(() => isClosed).toBe(true);
});
