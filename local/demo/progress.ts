import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const shape = z.object({
  partnerId: z.string().optional(),
  organizationId: z.string().optional(),
  runId: z.string().optional(),
  downloads: z.record(z.string(), z.string()).optional(),
  finished: z.boolean().optional(),
});
export type Marks = z.output<typeof shape>;

/** How far a demo has come, kept on disk: one that was killed goes on where it was. */
export interface Progress {
  readonly marks: Marks;
  readonly resumed: boolean;
  set(marks: Partial<Marks>): Promise<void>;
}

/** A demo that cannot be brought to a good end by going on: the next one begins anew. */
export class Hopeless extends Error {}

/** What is asked for is not there. A demo that remembers it was killed before storage had written it. */
export class Gone extends Hopeless {}

/** What a demo remembers and the app still has; undefined when it has to be made anew. */
export async function remembered<T>(id: string | undefined, look: (id: string) => Promise<T>): Promise<T | undefined> {
  if (id === undefined) return undefined;
  try {
    return await look(id);
  } catch (error) {
    if (error instanceof Gone) return undefined;
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A demo that had finished begins anew, with nothing of the last one. */
export async function openProgress(stateDirectory: string): Promise<Progress> {
  const file = join(stateDirectory, "demo.json");
  const text = await readFile(file, "utf8").catch(() => "");
  const before = shape.safeParse(parsed(text)).data;
  if (!before || before.finished) await rm(stateDirectory, { recursive: true, force: true });
  await mkdir(stateDirectory, { recursive: true });
  let marks: Marks = before && !before.finished ? before : {};
  return {
    get marks() {
      return marks;
    },
    resumed: Object.keys(marks).length > 0,
    async set(more) {
      marks = { ...marks, ...more };
      await writeFile(`${file}.new`, JSON.stringify(marks));
      await rename(`${file}.new`, file);
    },
  };
}
