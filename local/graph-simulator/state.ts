import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { keptFile } from "./kept-file.ts";
import type { Ports } from "./options.ts";

/** What a restart must find again, so that the tenant is the same and stands at the same place. */
export interface State {
  readonly anchor?: number;
  readonly ports?: Ports;
}

const port = z.number().int();
const shape = z.object({
  anchor: z.number().exactOptional(),
  ports: z.object({ graph: port, authority: port, content: port }).partial().exactOptional(),
});

const pathIn = (stateDir: string): string => join(stateDir, "simulator.json");

export function readState(stateDir: string | undefined): State {
  if (stateDir === undefined || !existsSync(pathIn(stateDir))) return {};
  return keptFile(pathIn(stateDir), (text) => shape.parse(JSON.parse(text)) as State);
}

export function writeState(stateDir: string | undefined, state: State): void {
  if (stateDir === undefined) return;
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(pathIn(stateDir), JSON.stringify(state));
}
