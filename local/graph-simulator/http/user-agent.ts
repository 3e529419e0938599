import type { IncomingMessage } from "node:http";

/** SharePoint asks for `ISV|Company|App/1.0` or `NONISV|…` (Microsoft Learn: "How to decorate your http traffic"). */
export const isDecorated = (request: IncomingMessage): boolean =>
  /^(NON)?ISV\|[^|]+\|[^|]+\/\S+/.test(request.headers["user-agent"] ?? "");
