import type { SimulatorOptions } from "./options.ts";
import type { Simulator } from "./simulator-api.ts";
import { startSimulator } from "./simulator.ts";

/**
 * The simulator as a process of its own: options as JSON in GRAPH_SIMULATOR_OPTIONS or the first argument; one JSON line
 * on stdout when it is ready. It stops on SIGTERM, SIGINT and when its stdin ends (a parent that dies closes it);
 * GRAPH_SIMULATOR_STDIN=ignore keeps it running without a parent. Exit code 1 and one line on stderr when it cannot start.
 */
async function main(): Promise<void> {
  const text = process.env["GRAPH_SIMULATOR_OPTIONS"] ?? process.argv[2] ?? "{}";
  const simulator = await startSimulator(JSON.parse(text) as SimulatorOptions);
  const { graphUrl, authorityUrl, contentHost, caFile, tenant } = simulator;
  console.log(JSON.stringify({ ready: true, graphUrl, authorityUrl, contentHost, caFile, tenant }));
  stopWithParent(simulator);
}

function stopWithParent(simulator: Simulator): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void simulator.stop().then(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  if (process.env["GRAPH_SIMULATOR_STDIN"] === "ignore") return;
  process.stdin.once("end", stop).once("close", stop).resume();
}

main().catch((error: unknown) => {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  console.error(code === "EADDRINUSE" ? `simulator: port ${port} is taken` : `simulator: ${message}`);
  process.exit(1);
});
