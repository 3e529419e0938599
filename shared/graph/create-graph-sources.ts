import { setTimeout as delay } from "node:timers/promises";
import type { UserSource } from "../accounts/user-source.ts";
import type { ChatSource } from "../backup/chat-source.ts";
import type { ContentSource } from "../backup/content-source.ts";
import type { MessageSource } from "../backup/message-source.ts";
import type { RateGate } from "../backup/rate-gate.ts";
import type { PaymentFence } from "../billing/payment-fence.ts";
import type { ConnectionStore } from "../credentials/tenant-connection.ts";
import type { TenantProbe } from "../credentials/tenant-probe.ts";
import type { Config } from "../platform/config.ts";
import type { Logger } from "../platform/logger.ts";
import type { Instant } from "../platform/time.ts";
import { createChatSource } from "./chat-source.ts";
import { createContentSource } from "./content-source.ts";
import { createMessageSource } from "./message-source.ts";
import { createTenantApis } from "./tenant-apis.ts";
import { createTenantProbe } from "./tenant-probe.ts";
import { createUserSource } from "./user-source.ts";
import { createUserStanding } from "./user-standing.ts";

export interface GraphSourcesDeps {
  readonly config: Config["graph"];
  readonly connections: ConnectionStore;
  readonly gate: RateGate;
  readonly fence: PaymentFence;
  readonly log: Logger;
  readonly now: () => Instant;
  /** Waits inside the process; given by tests that cannot wait. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface GraphSources {
  readonly users: UserSource;
  readonly userStanding: ReturnType<typeof createUserStanding>;
  readonly messages: MessageSource;
  readonly chats: ChatSource;
  readonly contents: ContentSource;
  readonly probe: TenantProbe;
}

/** Everything that the features want of Microsoft Graph and Entra. One per process: tokens and connections are kept in it. */
export function createGraphSources(deps: GraphSourcesDeps): GraphSources {
  const { config, connections, gate, fence, log, now, sleep = wait } = deps;
  const apis = createTenantApis({ config, connections, gate, fence, log, now, sleep });
  return {
    users: createUserSource(apis, log),
    userStanding: createUserStanding(apis),
    messages: createMessageSource(apis),
    chats: createChatSource(apis),
    contents: createContentSource(apis, { hosts: config.contentHosts, retry: { now, sleep } }),
    probe: createTenantProbe(apis, config, { now, sleep }),
  };
}

const wait = (ms: number, signal?: AbortSignal): Promise<void> => delay(ms, undefined, signal ? { signal } : {});
