import type { MessageVersion } from "../archive/version.ts";
import type { Instant } from "../platform/time.ts";

export interface ChooseOptions {
  /** Only versions last modified at or before. */
  readonly asOf?: Instant | undefined;
}

export interface ChosenVersion {
  readonly version: MessageVersion;
  /** The message existed by `asOf`, but no version as old is kept: `version` is a later one, which must not be shown. */
  readonly isLater: boolean;
}

/** One version of each message: the one modified last. `versions` come in the archive's order, those of a message together. */
export async function* chooseVersions(
  versions: AsyncIterable<MessageVersion>,
  { asOf }: ChooseOptions,
): AsyncGenerator<ChosenVersion> {
  let chosen: MessageVersion | undefined;
  let oldest: MessageVersion | undefined;
  const settled = function* () {
    if (chosen) yield { version: chosen, isLater: false };
    else if (oldest && (oldest.createdAt ?? 0) <= (asOf ?? 0)) yield { version: oldest, isLater: true };
  };
  for await (const version of versions) {
    if (oldest && (oldest.chatId !== version.chatId || oldest.id !== version.id)) {
      yield* settled();
      chosen = undefined;
      oldest = undefined;
    }
    oldest ??= version;
    const old = asOf === undefined || changedAt(version) <= asOf;
    if (old && (!chosen || changedAt(version) >= changedAt(chosen))) chosen = version;
  }
  yield* settled();
}

const changedAt = ({ modifiedAt, createdAt }: MessageVersion): Instant => modifiedAt ?? createdAt ?? 0;
