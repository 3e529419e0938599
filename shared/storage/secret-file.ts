import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { SecretStore } from "../credentials/secret-store.ts";
import { AppError } from "../platform/errors.ts";
import type { Seal } from "../platform/seal.ts";
import { Secret } from "../platform/secret.ts";

const content = z.record(z.string(), z.string());
type Content = z.infer<typeof content>;

/** Secrets in one file of one process, each sealed under its own name. The file is replaced whole: a crash leaves the old or the
 * new one. */
export function secretFile(path: string, seal: Seal): SecretStore {
  let last: Promise<unknown> = Promise.resolve();
  const change = (step: (secrets: Content) => Content | undefined): Promise<void> => {
    const next = last.then(async () => {
      const changed = step(await read(path));
      if (changed) await replace(path, JSON.stringify(changed));
    });
    last = next.catch(() => undefined);
    return next.catch(unavailable);
  };
  return {
    async get(name) {
      const sealed = (await read(path).catch(unavailable))[name];
      return sealed === undefined ? undefined : new Secret(seal.open(sealed, name));
    },
    put: (name, secret) => change((secrets) => ({ ...secrets, [name]: seal.seal(secret.reveal(), name) })),
    delete: (name) => change(({ [name]: removed, ...rest }) => (removed === undefined ? undefined : rest)),
  };
}

async function read(path: string): Promise<Content> {
  try {
    return content.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (isMissing(error)) return {};
    throw error;
  }
}

async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The rename itself outlives a power cut only when the folder is written out. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const isMissing = (error: unknown) => error instanceof Error && "code" in error && error.code === "ENOENT";

function unavailable(cause: unknown): never {
  if (cause instanceof AppError) throw cause;
  throw new AppError("unavailable", "secrets.unavailable", "The secrets cannot be read or written", { cause });
}
