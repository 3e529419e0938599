import { readFile } from "node:fs/promises";
import { basename } from "node:path";

/* Sums up vitest's JSON reports and prints the closing line. A report that is missing or empty counts as a failure, and so do
 * a file that did not load and a test that was skipped. */

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: unknown[];
  }[];
}

let [passed, failed] = [0, 0];
for (const path of process.argv.slice(2)) {
  const report = await readFile(path, "utf8").then(
    (text) => JSON.parse(text) as Report,
    () => undefined,
  );
  if (!report || report.numPassedTests === 0) {
    console.log(`${basename(path, ".json")}: no test ran`);
    failed += 1;
  }
  if (!report) continue;
  const unloaded = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  for (const { name } of unloaded) console.log(`did not load: ${name}`);
  const skipped = report.numPendingTests + report.numTodoTests;
  if (skipped > 0) console.log(`${basename(path, ".json")}: ${skipped} skipped`);
  passed += report.numPassedTests;
  failed += report.numFailedTests + unloaded.length + skipped;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
