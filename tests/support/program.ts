import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";

/** Which Debian packages bring a program: the first word of a line, then the packages. */
const packages = new Map(
  readFileSync(new URL("../system/debian-packages", import.meta.url), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split(" "))
    .map(([program = "", ...names]) => [program, names.join(" ")]),
);

/** Runs one of Debian's programs and gives what it prints. One that is missing or ends with another code than 0 is an error that
 * says what to do. */
export function runProgram(program: string, args: readonly string[], cwd?: string): Promise<string> {
  // Without a UTF-8 locale these programs spoil names that are not ASCII.
  const options = { cwd, env: { ...process.env, LC_ALL: "C.UTF-8" }, maxBuffer: 1e8 };
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const missing =
        error.code === "ENOENT"
          ? `Get it by: apt-get install ${packages.get(program.replace(/^java$/, "javac")) ?? program}\n`
          : "";
      reject(new Error(`${program} ${args.join(" ")}: ${error.message}\n${missing}${stdout}${stderr}`));
    });
  });
}
