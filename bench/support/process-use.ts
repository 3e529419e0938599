import { readFile } from "node:fs/promises";

/** What a process holds, in MB of 1,000,000 bytes, and has used, from Linux's /proc, which counts in units of 1,024 bytes. */
export async function processUse(pid: number): Promise<{ readonly residentMb: number; readonly cpuSeconds: number }> {
  const [status, stat] = await Promise.all([
    readFile(`/proc/${pid}/status`, "utf8"),
    readFile(`/proc/${pid}/stat`, "utf8"),
  ]);
  const residentKib = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
  // The name in parentheses may hold spaces; user and system time are the 14th and 15th field, in hundredths.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { residentMb: (residentKib * 1_024) / 1e6, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100 };
}
