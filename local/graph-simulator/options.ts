import type { FaultRule } from "./faults.ts";

/** How large the tenant is. Everything is generated from the seed; the same sizes and seed give the same tenant. */
export interface Sizes {
  /** User objects that `/users` lists, guests and disabled users among them. Default 25. */
  readonly accounts: number;
  /** Messages in all chats together, each counted once. Default 20,000. */
  readonly messages: number;
  /** Months before `anchor` over which the messages spread. Default 18. */
  readonly months: number;
  /** Chats, one-on-one, group and meeting together. Default 60. */
  readonly chats: number;
  /**
   * Messages of one more account, `archive@…`, that has nothing but light text messages: for measuring speed and memory
   * at sizes such as 1,000,000. They are made when they are asked for and not kept. Default 0 (no such account).
   */
  readonly bigAccount: number;
  /** A few system events carry the invalid `createdDateTime` that an official sample shows. Default false. */
  readonly malformedCreatedDates: boolean;
}

/** Ports on the loopback address; 0 or absent takes a free one. */
export interface Ports {
  readonly graph?: number;
  readonly authority?: number;
  readonly content?: number;
}

export interface SimulatorOptions {
  /** Default "teams-chat-vault". */
  readonly seed?: string;
  readonly sizes?: Partial<Sizes>;
  readonly ports?: Ports;
  /** Faults that are on from the start. */
  readonly faults?: readonly FaultRule[];
  /** Longest time in ms until export shows a message (documented: up to 24 h). Each message has its own share of it. Default 0. */
  readonly lagMs?: number;
  /** "documented" limits (default), a number that multiplies them, or "off". */
  readonly throttling?: "documented" | "off" | number;
  /** Share of export scans of more than one page that contain an empty page with a nextLink. Default 0.25. */
  readonly emptyPageShare?: number;
  /** Messages on a page of export at most, whatever `$top` asks for. Default 250. */
  readonly exportPageSize?: number;
  /** Folder that keeps the CA certificate, the ports and the anchor, so that a restart is the same tenant at the same place. */
  readonly stateDir?: string;
  /** Instant in ms at which the tenant's generated history ends. Default: what `stateDir` remembers, else one hour before `now()`. */
  readonly anchor?: number;
  /** Time source in ms. Default `Date.now`. */
  readonly now?: () => number;
  /** Lifetime of tokens in seconds. Default 3599, as Entra answers. */
  readonly tokenLifetimeS?: number;
  /** Redirect URIs registered for the apps. Default: any `https:` or loopback `http:` address. */
  readonly redirectUris?: readonly string[];
}

export const demoSizes: Sizes = {
  accounts: 25,
  messages: 20_000,
  months: 18,
  chats: 60,
  bigAccount: 0,
  malformedCreatedDates: false,
};
