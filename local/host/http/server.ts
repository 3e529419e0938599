import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** @returns the port. @throws `Port … is taken …` and the like */
export async function listenOnLoopback(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", (error: NodeJS.ErrnoException) =>
    reject(
      error.code === "EADDRINUSE"
        ? new Error(`Port ${port} is taken: give PORT another value, or stop what listens there.`)
        : error,
    ),
  );
  server.listen(port, "127.0.0.1", () => resolve());
  await promise;
  return (server.address() as AddressInfo).port;
}

/** Waits for running requests, but not longer than the grace. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const limit = setTimeout(() => server.closeAllConnections(), graceMs);
  await promise;
  clearTimeout(limit);
}
