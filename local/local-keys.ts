import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { exportJWK, generateKeyPair } from "jose";
import { z } from "zod";

const keys = z.object({ signing: z.record(z.string(), z.unknown()), secretsKey: z.string() });

/** What the local mode makes once and keeps: the key that signs its tokens, and the one that encrypts its secrets file. */
export type LocalKeys = z.output<typeof keys>;

export const keysFile = (stateDirectory: string): string => join(stateDirectory, "keys.json");

export async function localKeys(stateDirectory: string): Promise<LocalKeys> {
  const file = keysFile(stateDirectory);
  try {
    return keys.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      throw new Error(`${file} is damaged: remove ${stateDirectory} to begin anew.`, { cause: error });
    }
  }
  const pair = await generateKeyPair("RS256", { extractable: true });
  const made: LocalKeys = {
    signing: { ...(await exportJWK(pair.privateKey)) },
    secretsKey: randomBytes(32).toString("base64"),
  };
  await mkdir(stateDirectory, { recursive: true });
  const handle = await open(`${file}.new`, "w", 0o600);
  await handle.writeFile(JSON.stringify(made));
  await handle.sync();
  await handle.close();
  await rename(`${file}.new`, file);
  return made;
}
