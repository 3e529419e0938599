import type { Instant } from "../platform/time.ts";

export type RunStatus = "Queued" | "Running" | "Completed" | "Partial" | "Failed" | "Paused";

export interface ReasonCount {
  readonly code: string;
  readonly count: number;
}

/** Sums over rows; `messagesSeen` is what Graph returned, `messagesNew` versions that were not archived before. */
export interface Totals {
  readonly messagesSeen: number;
  readonly messagesNew: number;
  readonly messagesUnchanged: number;
  /** Without an id or a chat: not to be kept. Part of `failed`; with the two above it adds up to what was seen. */
  readonly messagesFailed: number;
  readonly attachmentsStored: number;
  /** For listed, permanent reasons. */
  readonly skipped: number;
  readonly failed: number;
  readonly reasons: readonly ReasonCount[];
}

export interface Run {
  readonly runId: string;
  readonly status: RunStatus;
  readonly requestedAt: Instant;
  readonly startedAt?: Instant;
  readonly finishedAt?: Instant;
  /** `all`: the list is made of the active accounts when the run starts. */
  readonly scope: "all" | "listed";
  /** When the messages of the last account had come. */
  readonly fetchedAt?: Instant;
  /** It takes the organization's daily turn: the directory is read before its list is made. */
  readonly daily?: boolean;
  /** How often it went on after a pause; absent: never. */
  readonly resumed?: number;
  /** Why no further account is begun: 402, consent lost … */
  readonly stopCode?: string;
  readonly totals?: Totals;
}

export interface Ended {
  readonly status: RunStatus;
  /** Why the organization needs attention: a code. */
  readonly concern?: string;
}

/** One account of a run's stored list. */
export interface RunAccount {
  readonly accountId: string;
  readonly status: RunStatus;
  readonly startedAt?: Instant;
  readonly finishedAt?: Instant;
  /** When nothing more was to be asked for; a run that goes on after a pause passes by such accounts. */
  readonly fetchedAt?: Instant;
  /** Its messages. */
  readonly totals: Totals;
  /** Contents of its chats; other accounts of a chat count the same contents. */
  readonly contents: Totals;
}

export interface Claim {
  readonly phase: "fetch" | "seal";
  readonly lane: number;
  readonly claim: number;
}

/** What became of the contents of one chat in one run. */
export interface ChatContents {
  readonly chatKey: string;
  readonly stored: number;
  readonly bytes: number;
  readonly skipped: number;
  readonly failed: number;
  readonly pending: number;
  readonly reasons: readonly ReasonCount[];
}

/** Runs of an organization: at most one running and one queued behind it. Every method may be repeated. */
export interface RunStore {
  /** Queues a run, or adds to the one that is queued; either way answers it. An empty list means all active accounts. */
  request(organizationId: string, accountIds: readonly string[]): Promise<Run>;
  /** The same for all active accounts, once for each turn whoever asks: nothing when the turn comes too soon after the last that was
   * taken (`isTooSoon`). */
  requestDaily(organizationId: string, turn: Instant): Promise<Run | undefined>;
  /** The last turn that was taken: when it came, not when that was. */
  lastTurn(organizationId: string): Promise<Instant | undefined>;
  /** Whether a run is queued. */
  isFollowed(organizationId: string): Promise<boolean>;
  /** Makes the queued run the running one; the run that is running already, if any, is answered again. Nothing while a run is
   * paused. */
  begin(organizationId: string): Promise<Run | undefined>;
  /** Adds accounts to a run's list; those that are on it stay as they are. */
  enlist(organizationId: string, runId: string, accountIds: AsyncIterable<string>): Promise<number>;
  /** The next account of the list for this lane; the same claim is always answered the same. Undefined at the end of the
   * list, or once the run was stopped: one that pauses hands out nobody for a seal either. */
  claim(organizationId: string, runId: string, claim: Claim): Promise<string | undefined>;
  /** One account of a run takes care of a chat for all that share it: true for that account, always. */
  claimChat(organizationId: string, runId: string, chatKey: string, accountId: string): Promise<boolean>;
  find(organizationId: string, runId: string): Promise<Run | undefined>;
  /** Newest first, after the run of that id; none that nobody was told of. */
  list(organizationId: string, limit: number, after?: string): Promise<Run[]>;
  accounts(organizationId: string, runId: string): AsyncGenerator<RunAccount>;
  /** In the order of their ids, after the account of that id. */
  accountsPage(organizationId: string, runId: string, limit: number, after?: string): Promise<RunAccount[]>;
  account(organizationId: string, runId: string, accountId: string): Promise<RunAccount | undefined>;
  putAccount(organizationId: string, runId: string, account: RunAccount): Promise<void>;
  /** Notes that the account's turn has come, unless that is noted already. */
  startAccount(organizationId: string, runId: string, accountId: string): Promise<void>;
  /** Notes that no account's messages are fetched any more. */
  endFetch(organizationId: string, runId: string): Promise<void>;
  stop(organizationId: string, runId: string, code: string): Promise<void>;
  putContents(organizationId: string, runId: string, contents: ChatContents): Promise<void>;
  contents(organizationId: string, runId: string): AsyncGenerator<ChatContents>;
  contentsOf(organizationId: string, runId: string, chatKey: string): Promise<ChatContents | undefined>;
  /** Sets the running run aside until `resume`; what is queued behind it waits with it. */
  pause(organizationId: string, runId: string): Promise<void>;
  /** Makes the paused run the running one again, with those of its accounts that are not fetched; false when none is paused. */
  resume(organizationId: string): Promise<boolean>;
  /** The run that is paused. */
  paused(organizationId: string): Promise<Run | undefined>;
  /** Ends the running run and answers whether another is queued. `concern`: why the organization needs attention. */
  finish(organizationId: string, run: Run, concern?: string): Promise<boolean>;
  /** How the last run that ended did; undefined before the first. */
  lastEnded(organizationId: string): Promise<Ended | undefined>;
  /** Organizations with a queued or running run, save those whose run is paused: a starter that lost its orchestrator looks here. */
  busy(): AsyncGenerator<string>;
}
