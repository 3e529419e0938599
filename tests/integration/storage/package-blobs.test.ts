import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { TokenCredential } from "@azure/identity";
import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import { certificateIn } from "../../../local/graph-simulator/certificate.ts";
import { packageBlobs } from "../../../shared/storage/package-blobs.ts";
import { temporaryFolder } from "../../support/host.ts";
import { clientsOf } from "../../support/storage.ts";
import { trustSimulator } from "../../support/trust-simulator.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let azurite: Azurite;

beforeAll(async () => {
  folder = await temporaryFolder();
  trustSimulator((await certificateIn(folder.path)).caFile);
  azurite = await startAzurite({ certificate: folder.path });
});

afterAll(async () => {
  await azurite.stop();
  await folder.remove();
});

/** A token as Entra would give one to the app's identity; Azurite reads its claims and proves no signature. */
const identity: TokenCredential = {
  getToken: () => {
    const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString("base64url");
    const [from, until] = [Math.floor(Date.now() / 1_000) - 60, Math.floor(Date.now() / 1_000) + 3_600];
    const tenant = "3b1b1d5e-9a0e-4c5c-9f53-6f3f1e0a4c11";
    const issuer = { iss: `https://sts.windows.net/${tenant}/`, aud: "https://storage.azure.com", tid: tenant };
    const claims = { ...issuer, oid: "0f7b7a34-5f2c-4a6e-8d0c-1c5d7b1f5a10", iat: from, nbf: from, exp: until };
    const token = [part({ alg: "none", typ: "JWT" }), part(claims), "c2lnbmF0dXJl"].join(".");
    return Promise.resolve({ token, expiresOnTimestamp: until * 1_000 });
  },
};

const services = {
  "the account's key": () => clientsOf(azurite).blobs,
  "the app's identity": () => new BlobServiceClient(azurite.blobUrl, identity),
};

describe.each(Object.entries(services))("packages kept with %s", (name, service) => {
  const organization = name.length.toString();
  const packages = () => packageBlobs(service(), Date.now);
  const put = (blob: string, ...chunks: (string | Error)[]) => {
    const content = async function* () {
      for (const chunk of chunks) {
        if (chunk instanceof Error) throw chunk;
        yield Buffer.from(chunk);
      }
      await Promise.resolve();
    };
    return packages().put(organization, blob, Readable.from(content(), { objectMode: false }), "application/zip");
  };
  const read = async (blob: string, range?: { offset: number; bytes: number }) => {
    const opened = await packages().open(organization, blob, range);
    return Buffer.concat(await opened.toArray()).toString();
  };
  const link = (blob: string, expiresAt: number) =>
    packages().link(organization, blob, { fileName: "Zoë’s chats.zip", expiresAt });

  test("are read whole or in part, and replaced", async () => {
    await put("d/1", "abc", "def");
    expect(await read("d/1")).toBe("abcdef");
    expect(await read("d/1", { offset: 2, bytes: 3 })).toBe("cde");
    await put("d/1", "new");
    expect(await read("d/1")).toBe("new");
  });

  test("are of any size, in pieces of any size, several at a time", async () => {
    const MiB = 1024 * 1024;
    const sizes = [0, 1, 4 * MiB - 1, 4 * MiB, 8 * MiB, 13 * MiB + 5];
    const whole = sizes.map((size, at) =>
      createHash("shake256", { outputLength: size || 1 })
        .update(`${at}`)
        .digest(),
    );
    const pieces = function* (bytes: Buffer, step: number) {
      for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
    };
    await Promise.all(
      sizes.map((size, at) => {
        const bytes = (whole[at] ?? Buffer.alloc(0)).subarray(0, size);
        const content = Readable.from(pieces(bytes, at % 2 === 0 ? 5 * MiB : 65_537), { objectMode: false });
        return packages().put(organization, `size/${at}`, content, "application/zip");
      }),
    );
    for (const [at, size] of sizes.entries()) {
      const found = Buffer.concat(await (await packages().open(organization, `size/${at}`)).toArray());
      expect(found.equals((whole[at] ?? Buffer.alloc(0)).subarray(0, size))).toBe(true);
    }
  });

  test("stay what they were when what should replace them breaks off", async () => {
    await put("d/2", "whole");
    await expect(put("d/2", "half", new Error("broken off"))).rejects.toThrow("broken off");
    expect(await read("d/2")).toBe("whole");
  });

  test("go by the beginning of their names, no others", async () => {
    await Promise.all([put("e/1", "x"), put("e/2", "x"), put("f/1", "y")]);
    await packages().removeAll(organization, "e/");
    await expect(read("e/1")).rejects.toMatchObject({ code: "storage.not_found" });
    expect(await read("f/1")).toBe("y");
  });

  test("have links that read that one blob, under the name that a person is to see", async () => {
    await Promise.all([put("g/1", "mine"), put("g/2", "other")]);
    const url = await link("g/1", Date.now() + 60_000);
    const sas = new URL(url).searchParams;
    expect(sas.has("skoid")).toBe(name === "the app's identity");
    expect(["sp", "sr", "spr"].map((one) => sas.get(one))).toEqual(["r", "b", "https"]);
    const answer = await fetch(url);
    expect(await answer.text()).toBe("mine");
    expect(answer.headers.get("content-disposition")).toContain("filename*=UTF-8''Zo%C3%AB%E2%80%99s%20chats.zip");
    const refused = await Promise.all([
      fetch(url.replace("g/1", "g/2")),
      fetch(url, { method: "PUT", body: "x", headers: { "x-ms-blob-type": "BlockBlob" } }),
      fetch(url, { method: "DELETE" }),
      fetch(await link("g/1", Date.now() - 1_000)),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect(await read("g/1")).toBe("mine");
  });
});
