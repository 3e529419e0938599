import { type LocalMode, startLocalMode } from "./local-mode.ts";
import { startOptions } from "./start-options.ts";

/** `npm start`: everything on this machine, until Ctrl-C. */
async function main(): Promise<void> {
  const local = await startLocalMode({
    ...startOptions(process.env),
    environment: process.env,
    say: (line) => console.error(line),
  });
  endWith(local);
  console.log(`ready ${local.url}`);
  if (local.simulator) {
    const { tenantId, clientId, clientSecret } = local.simulator.tenant;
    console.log(`demo tenant ${tenantId}, app ${clientId}, secret ${clientSecret} (simulated: made for this machine)`);
  }
}

function endWith(local: LocalMode): void {
  let ending = false;
  const end = (code: number) => {
    if (ending) return;
    ending = true;
    local.stop().then(
      () => process.exit(code),
      () => process.exit(1),
    );
  };
  process.once("SIGINT", () => end(0));
  process.once("SIGTERM", () => end(0));
  void local.broken.then((sentence) => {
    if (!ending) console.error(sentence);
    end(1);
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
