import { AppError } from "../platform/errors.ts";
import { hashId } from "../platform/new-id.ts";
import type { Seal } from "../platform/seal.ts";
import type { Instant } from "../platform/time.ts";

/** What is known of one use of an Idempotency-Key. */
export interface KeyUse {
  /** Tells one body from another; of the sealed kind of texts, it shows nothing of it. */
  readonly fingerprint: string;
  /** The attempt that works on it. */
  readonly attempt: string;
  readonly startedAt: Instant;
  /** The sealed first answer, once there is one. */
  readonly answer?: string;
}

/** Keeps uses by principal and key. `claim` and `replace` answer false when somebody else was first. */
export interface KeyUseStore {
  find(principalId: string, keyId: string): Promise<{ readonly use: KeyUse; readonly version: string } | undefined>;
  claim(principalId: string, keyId: string, use: KeyUse): Promise<boolean>;
  replace(principalId: string, keyId: string, use: KeyUse, version: string): Promise<boolean>;
  release(principalId: string, keyId: string): Promise<void>;
}

export interface OnceDeps {
  readonly uses: KeyUseStore;
  readonly seal: Seal;
  readonly fingerprint: (text: string) => string;
  readonly newAttempt: () => string;
  readonly now: () => Instant;
  readonly sleep: (ms: number) => Promise<void>;
}

const KEEP_MS = 86_400_000;
/** An attempt older than this died with its process. */
const ATTEMPT_MS = 240_000;
const POLL_MS = 100;
const WAIT_MS = 20_000;

/** One use of a key: who, on which route and path, with which body. */
export interface KeyedRequest {
  readonly principalId: string;
  readonly key: string;
  readonly route: string;
  readonly body: string;
}

/** Runs `work` once per principal, route and key within 24 hours, and gives its answer again to repeats; those that come while it
 * runs wait for it. Work that throws is forgotten, so that a repeat tries again. Throws `idempotency.key_reused` for the same
 * key with another body, `idempotency.in_progress` when the first takes too long. */
export async function once(deps: OnceDeps, request: KeyedRequest, work: () => Promise<string>) {
  const { principalId } = request;
  const keyId = hashId("idempotency", request.route, request.key);
  const context = `${principalId}|${keyId}`;
  const fingerprint = deps.fingerprint(request.body);
  const giveUpAt = deps.now() + WAIT_MS;
  for (;;) {
    const mine: KeyUse = { fingerprint, attempt: deps.newAttempt(), startedAt: deps.now() };
    const claimed = await claim(deps, principalId, keyId, mine);
    if (claimed === "mine") return { answer: await run(deps, principalId, keyId, mine, work), repeated: false };
    if (claimed.fingerprint !== fingerprint) throw reused();
    if (claimed.answer !== undefined) return { answer: deps.seal.open(claimed.answer, context), repeated: true };
    if (deps.now() >= giveUpAt) throw inProgress(deps.now());
    await deps.sleep(POLL_MS);
  }
}

async function claim(deps: OnceDeps, principalId: string, keyId: string, mine: KeyUse): Promise<"mine" | KeyUse> {
  const found = await deps.uses.find(principalId, keyId);
  if (!found) return (await deps.uses.claim(principalId, keyId, mine)) ? "mine" : { ...mine, attempt: "" };
  const age = mine.startedAt - found.use.startedAt;
  const open = age < (found.use.answer === undefined ? ATTEMPT_MS : KEEP_MS);
  if (open) return found.use;
  return (await deps.uses.replace(principalId, keyId, mine, found.version)) ? "mine" : { ...mine, attempt: "" };
}

async function run(deps: OnceDeps, principalId: string, keyId: string, mine: KeyUse, work: () => Promise<string>) {
  const owned = async () => {
    const found = await deps.uses.find(principalId, keyId);
    return found?.use.attempt === mine.attempt ? found.version : undefined;
  };
  try {
    const answer = await work();
    const version = await owned();
    const done = { ...mine, answer: deps.seal.seal(answer, `${principalId}|${keyId}`) };
    if (version !== undefined) await deps.uses.replace(principalId, keyId, done, version);
    return answer;
  } catch (error) {
    if ((await owned()) !== undefined) await deps.uses.release(principalId, keyId);
    throw error;
  }
}

const reused = () =>
  new AppError("conflict", "idempotency.key_reused", "This Idempotency-Key was used with another body. Take a new key");

const inProgress = (now: Instant) =>
  new AppError("conflict", "idempotency.in_progress", "The first request with this key still runs. Ask again shortly", {
    notBefore: now + 5_000,
  });
