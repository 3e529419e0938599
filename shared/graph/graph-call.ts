import type { RateBucket } from "../backup/rate-gate.ts";

/** What the middlewares need to know of one request; the SDK hands it through its chain as a middleware option. */
export class GraphCall {
  /** The whole address, used to the letter: the SDK's own builder reorders and merges the parameters of a nextLink. */
  readonly url: string;
  readonly bucket: RateBucket;
  readonly signal: AbortSignal | undefined;
  /** The chat or user whose own limit of one request per second the call is under. */
  readonly subject: string | undefined;
  /** How often the call was throttled. */
  refusals = 0;
  /** Roles of the token that was sent last. */
  roles: readonly string[] = [];
  /** What a middleware threw: the SDK rewraps every error and loses its kind. */
  failure: unknown;

  constructor(url: string, bucket: RateBucket, signal?: AbortSignal, subject?: string) {
    this.url = url;
    this.bucket = bucket;
    this.signal = signal;
    this.subject = subject;
  }
}
