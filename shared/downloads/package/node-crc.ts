import { crc32 as ofNode } from "node:zlib";
import library from "crc-32";

/** Tells the module that archiver takes its checksums from to take node's: in JavaScript they are half of the work of a zip of files.
 * archiver has no setting for it, and begins a stream's checksum with an empty buffer instead of a number. */
export function useNodeCrc(): void {
  const buf = (bytes: Uint8Array, before?: unknown) => ofNode(bytes, typeof before === "number" ? before >>> 0 : 0) | 0;
  Object.assign(library, { buf });
}
