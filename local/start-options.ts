import { resolve } from "node:path";
import { z } from "zod";
import { choice, text } from "../shared/platform/setting-kinds.ts";

const PORT = "must be a number from 0 to 65535; 0 takes a free one";
const settings = z.object({
  PORT: text(PORT)
    .regex(/^\d{1,5}$/, PORT)
    .transform(Number)
    .pipe(z.number().max(65_535, PORT))
    .default(7_071),
  LOCAL_STATE_DIR: text("must be the path of a folder").default(".local"),
  LOCAL_GRAPH: choice("on", "off").default("on"),
});

/** What `npm start` and `npm run demo` are told by the environment. Throws with one line per wrong setting. */
export function startOptions(environment: NodeJS.ProcessEnv) {
  const given = Object.keys(settings.shape).map((name) => [name, environment[name]?.trim() || undefined]);
  const parsed = settings.safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => `  ${path.join(".")} ${message}`);
    throw new Error(`Settings to mend:\n${lines.join("\n")}`);
  }
  const { PORT: port, LOCAL_STATE_DIR: folder, LOCAL_GRAPH: graph } = parsed.data;
  return { port, stateDirectory: resolve(folder), simulator: graph === "off" ? ("off" as const) : {} };
}
