import { gentleEnd } from "./gentle-end.ts";
import { type LocalMode, startLocalMode } from "./local-mode.ts";
import { startOptions } from "./start-options.ts";

/** `npm start`: everything on this machine, until Ctrl-C. */
async function main(): Promise<void> {
  const say = (line: string) => console.error(line);
  const options = { ...startOptions(process.env), environment: process.env, say };
  const stop = async () => (await starting.catch(() => undefined))?.stop();
  const { signal, end } = gentleEnd(stop, say, { SIGINT: [0], SIGTERM: [0] });
  const starting: Promise<LocalMode> = startLocalMode({ ...options, signal });
  const local = await starting.catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw error;
  });
  if (!local || signal.aborted) return;
  void local.broken.then((sentence) => end(1, sentence));
  console.log(`ready ${local.url}`);
  if (local.simulator) {
    const { tenantId, clientId, clientSecret } = local.simulator.tenant;
    console.log(`demo tenant ${tenantId}, app ${clientId}, secret ${clientSecret} (simulated: made for this machine)`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
