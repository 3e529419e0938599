import type { Readable } from "node:stream";

/** Bytes beside a message. The body must be read to its end or destroyed. */
export interface Content {
  /** Fails with an AppError of ContentSource when the bytes break off and cannot be continued. */
  readonly body: Readable;
  /** Length of the whole, where the source tells it. It is a claim: only the end of the body is the end. */
  readonly bytes?: number;
  /** Media type as the source says, without parameters. */
  readonly type?: string;
  /** The file's name now; it may differ from the one in the message. */
  readonly name?: string;
  /** Changes whenever the source's bytes change. */
  readonly sourceVersion?: string;
  /** Promises the same bytes: with it they can be opened again at any offset. Absent where nothing promises that. */
  readonly etag?: string;
}

/** Where to go on with a file, and what must be as it was when its first bytes were read. */
export interface Resume {
  readonly offset: number;
  readonly etag: string;
  readonly bytes?: number;
  readonly sourceVersion?: string;
}

/** Graph's own ids, as they stand in the message. */
export interface HostedReference {
  readonly chatId: string;
  readonly messageId: string;
  readonly hostedId: string;
}

export interface FileReference {
  /** The attachment's contentUrl, to the letter (raw spaces included). */
  readonly url: string;
  /** The body begins at its offset, which may be the end; `content.changed` when the file is another one by now. */
  readonly from?: Resume;
}

/** How long a source may still be waited for while its bytes come, over all that it takes to bring one content: whoever waits takes off
 * what it took. Waits in line do not count, nor does the time in which the reader is busy. */
export interface TransferTime {
  leftMs: number;
}

/** Fetches pictures and other hosted contents, and files that a message links to.
 * A chat's hosted contents are asked for at most once a second (Graph's limit per chat): ask for one chat from one place.
 * Reasons that lie with the content: `content.gone`, `content.no_access`, `content.other_tenant` (the tenant that owns the chat must be
 * asked), `content.not_a_file` (folder, notebook), `content.malware`, `content.unsupported_link`, `content.host_refused` (the bytes
 * lie on a host that is not allowed).
 * May pass: `content.interrupted`, `content.changed` (changed while it was read), `content.size_mismatch`, `content.redirect_loop`,
 * `content.host_unavailable`, `content.locked`, `content.unauthorized`, `content.link_expired`, `content.sign_in_page` (a web page came instead of the file),
 * `content.timeout` (the transfer time is used up; by the body too), `graph.throttled` (with notBefore), `graph.unavailable`. For the whole organization: `graph.forbidden`
 * (by the roles of the token that was sent), `graph.consent_missing`, `credentials.*`. */
export interface ContentSource {
  hosted(organizationId: string, reference: HostedReference, time?: TransferTime): Promise<Content>;
  file(organizationId: string, reference: FileReference, time?: TransferTime): Promise<Content>;
}
