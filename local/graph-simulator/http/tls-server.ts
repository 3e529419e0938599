import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Certificate } from "../certificate.ts";

/** In bytes, the address of the request with them: links may be long. */
const LONGEST_HEADERS = 128 * 1024;

export interface TlsServer {
  /** `https://localhost:port` */
  readonly origin: string;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Listens on the loopback address only. Rejects with the system's error when the port is taken. */
async function listen(
  certificate: Certificate,
  port: number,
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<TlsServer> {
  const server = createServer(
    { key: certificate.key, cert: certificate.cert, keepAlive: true, maxHeaderSize: LONGEST_HEADERS },
    (request, response) => {
      handle(request, response).catch((error: unknown) => {
        // A client that went away in mid-answer is daily life; anything else is a bug of the simulator and must show.
        if (response.destroyed) return;
        console.error("simulator:", error);
        response.destroy();
      });
    },
  );
  server.keepAliveTimeout = 30_000;
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return { origin: `https://localhost:${bound}`, port: bound, stop: () => close(server, sockets) };
}

/** A port that was asked for must be free; one that is only remembered may have been taken meanwhile. */
export async function listenAt(
  certificate: Certificate,
  ports: { readonly wanted: number | undefined; readonly remembered: number | undefined },
  handle: Parameters<typeof listen>[2],
): Promise<TlsServer> {
  if (ports.wanted) return listen(certificate, ports.wanted, handle);
  if (ports.remembered) {
    try {
      return await listen(certificate, ports.remembered, handle);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
  return listen(certificate, 0, handle);
}

function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}
