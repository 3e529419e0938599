import type { Readable } from "node:stream";

/** Bytes beside a message. The body must be read to its end or destroyed. */
export interface Content {
  /** Fails with an AppError of ContentSource when the bytes break off and cannot be continued. */
  readonly body: Readable;
  /** Length, where the source tells it beforehand; the body then has exactly that many bytes or fails. */
  readonly bytes?: number;
  /** Media type as the source says, without parameters. */
  readonly type?: string;
  /** The file's name now; it may differ from the one in the message. */
  readonly name?: string;
  /** Changes whenever the source's bytes change. */
  readonly sourceVersion?: string;
}

/** Graph's own ids, as they stand in the message. */
export interface HostedReference {
  readonly chatId: string;
  readonly messageId: string;
  readonly hostedId: string;
}

/** Fetches pictures and other hosted contents, and files that a message links to.
 * A chat's hosted contents are asked for at most once a second (Graph's limit per chat): ask for one chat from one place.
 * Permanent: `content.gone`, `content.no_access`, `content.other_tenant` (the tenant that owns the chat must be asked),
 * `content.not_a_file` (folder, notebook), `content.malware`, `content.sign_in_page` (a web page came instead of the file),
 * `content.host_refused` (the bytes lie on a host that is not allowed).
 * May pass: `content.interrupted`, `content.changed` (changed while it was read), `graph.throttled` (with notBefore),
 * `graph.unavailable`. For the whole organization: `graph.forbidden`, `credentials.*`. */
export interface ContentSource {
  hosted(organizationId: string, reference: HostedReference, signal?: AbortSignal): Promise<Content>;
  /** `url`: the attachment's contentUrl, to the letter (raw spaces included). */
  file(organizationId: string, reference: { readonly url: string }, signal?: AbortSignal): Promise<Content>;
}
