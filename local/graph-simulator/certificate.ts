import { createPrivateKey, randomUUID, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";
import { keptFile } from "./kept-file.ts";

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** Path of the CA certificate, for NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  /** Removes what was made for this run only. */
  readonly discard: () => void;
}

const oneYear = 365 * 86_400_000;

async function make(): Promise<{ ca: string; key: string; cert: string }> {
  // An hour back, so that a clock that jumps does not make the certificate one from the future.
  const notBeforeDate = new Date(Date.now() - 3_600_000);
  const notAfterDate = new Date(Date.now() + oneYear);
  const validity = { notBeforeDate, notAfterDate, keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;
  // A name of its own: where two authorities of one name are trusted, only one of them is tried.
  const ca = await generate([{ name: "commonName", value: `teams-chat-vault simulator CA ${randomUUID()}` }], {
    ...validity,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: "commonName", value: "localhost" }], {
    ...validity,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { ca: ca.cert, key: leaf.private, cert: `${leaf.cert}\n${ca.cert}` };
}

const expiresSoon = (certificate: X509Certificate): boolean =>
  certificate.validToDate.getTime() < Date.now() + oneYear / 12;

/**
 * The CA and the server's certificate: made at the first start and kept in `stateDir`, or made for this run in a
 * temporary folder. The CA's own key is not kept: nobody can sign anything else with it.
 */
export async function certificateIn(stateDir: string | undefined): Promise<Certificate> {
  const folder = stateDir ?? mkdtempSync(join(tmpdir(), "graph-simulator-"));
  mkdirSync(folder, { recursive: true });
  const path = (name: string): string => join(folder, name);
  const present = ["ca.pem", "server.key", "server.pem"].every((name) => existsSync(path(name)));
  if (!present || expiresSoon(keptFile(path("server.pem"), (pem) => new X509Certificate(pem)))) {
    const made = await make();
    writeFileSync(path("server.key"), made.key, { mode: 0o600 });
    writeFileSync(path("server.pem"), made.cert);
    writeFileSync(path("ca.pem"), made.ca);
  }
  keptFile(path("server.key"), createPrivateKey);
  return {
    key: readFileSync(path("server.key"), "utf8"),
    cert: readFileSync(path("server.pem"), "utf8"),
    caFile: path("ca.pem"),
    discard: () => {
      if (stateDir === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
