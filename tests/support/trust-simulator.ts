import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

/**
 * Trusts the simulator's CA in this process, for `fetch` and `node:https` alike. NODE_EXTRA_CA_CERTS does the same for
 * deployed code, but is read only when a process starts, and the certificate is made later than that.
 */
export function trustSimulator(caFile: string): void {
  setDefaultCACertificates([...getCACertificates("default"), readFileSync(caFile, "utf8")]);
}
