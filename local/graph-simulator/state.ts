import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ports } from "./options.ts";

/** What a restart must find again, so that the tenant is the same and stands at the same place. */
export interface State {
  readonly anchor?: number;
  readonly ports?: Ports;
}

const pathIn = (stateDir: string): string => join(stateDir, "simulator.json");

export function readState(stateDir: string | undefined): State {
  if (stateDir === undefined || !existsSync(pathIn(stateDir))) return {};
  return JSON.parse(readFileSync(pathIn(stateDir), "utf8")) as State;
}

export function writeState(stateDir: string | undefined, state: State): void {
  if (stateDir === undefined) return;
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(pathIn(stateDir), JSON.stringify(state));
}
