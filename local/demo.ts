import { resolve } from "node:path";
import { backUp } from "./demo/back-up.ts";
import { openProgress } from "./demo/progress.ts";
import { setUp } from "./demo/set-up.ts";
import { startLocalMode } from "./local-mode.ts";

/** `npm run demo`: the whole main job once, on free ports, from an empty organization to checked zips. */
async function main(): Promise<void> {
  const began = Date.now();
  const say = (line: string) =>
    console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(3)} s  ${line}`);
  const stateDirectory = resolve(process.env["LOCAL_STATE_DIR"] ?? ".local", "demo");
  const progress = await openProgress(stateDirectory);
  if (progress.resumed) say("going on with the demo that was interrupted");
  const local = await startLocalMode({ stateDirectory, port: 0, simulator: {}, environment: process.env, say });
  const stop = (code: number) => void local.stop().finally(() => process.exit(code));
  process.once("SIGINT", () => {
    say("interrupted; run it again to go on");
    stop(130);
  });
  process.once("SIGTERM", () => stop(143));
  void local.broken.then((sentence) => {
    say(sentence);
    stop(1);
  });
  if (!local.simulator) throw new Error("The demo needs the simulator.");
  say(`started     ${local.url}, storage and a simulated tenant of Microsoft 365`);
  try {
    const organization = await setUp(local.url, local.simulator, progress, say);
    await backUp(organization, progress, say);
    await progress.set({ finished: true });
    stop(0);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    stop(1);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
