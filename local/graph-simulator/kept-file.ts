import { readFileSync } from "node:fs";
import { dirname } from "node:path";

/** What a file of the state folder says. Throws a sentence for the terminal when it is not what the simulator wrote. */
export function keptFile<T>(file: string, parse: (text: string) => T): T {
  const text = readFileSync(file, "utf8");
  try {
    return parse(text);
  } catch (error) {
    const remedy = `remove the folder ${dirname(file)} and start again. The simulated tenant is then made anew, up to now`;
    throw new Error(`${file} is damaged: ${remedy}; what was backed up of it stays.`, { cause: error });
  }
}
