import type { z } from "zod";
import type { Grant } from "../../shared/access/access.contract.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { AccessRule, CallerUnder } from "./access-rule.ts";
import type { DurableStarter } from "./durable-starter.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
/** By status: the shape of the body, or nothing where there is none. A reply is parsed by it, so that what the description
 * does not name never leaves. */
export type Responses = Readonly<Record<number, z.ZodType | null>>;

/** A request that passed every check. */
export interface Call<W extends AccessRule, P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly caller: CallerUnder<W>;
  /** The caller's grants at the route's scope and above; empty where the rule asks for none. */
  readonly grants: readonly Grant[];
  readonly header: (name: string) => string | null;
  readonly requestId: string;
  readonly log: Logger;
  readonly durable: DurableStarter;
  /** Throws `precondition_failed` when the caller sent If-Match and the thing has another version by now. */
  expect(version: string): void;
  /** Where the page before ended, from `?cursor=`; the cursor must come from this route with the same parameters. */
  position<T>(schema: z.ZodType<T>): T | undefined;
  /** The cursor that continues after `position`; null for the last page. */
  cursor(position: unknown): string | null;
}

interface Extras {
  /** The version of the thing in the body: sent as ETag, taken back as If-Match. */
  readonly version?: string;
  /** A path such as `/api/operations/{id}`. */
  readonly location?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, in place of a JSON body. */
  readonly raw?: { readonly contentType: string; readonly content: string | Uint8Array | AsyncIterable<Uint8Array> };
}

type Body<S> = S extends z.ZodType ? { readonly body: z.input<S> } : { readonly body?: undefined };
export type Reply<R extends Responses> = {
  readonly [S in keyof R & number]: { readonly status: S } & Extras & (Body<R[S]> | Required<Pick<Extras, "raw">>);
}[keyof R & number];

export interface RouteDefinition<
  W extends AccessRule,
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends Responses,
> {
  /** The function's name: unique, camelCase, never changed. */
  readonly name: string;
  readonly method: Method;
  /** Without `api/`: `organizations/{organizationId}`. */
  readonly path: string;
  /** One sentence for the API's description. */
  readonly summary: string;
  readonly who: W;
  /** A path that does not match is an unknown one: 404. */
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly responses: R;
  /** The type of the `raw` answer that stands beside the JSON one. */
  readonly produces?: string;
  /** Takes `Idempotency-Key`: for a POST that creates or starts something. */
  readonly idempotent?: boolean;
  handle(call: Call<W, z.output<P>, z.output<Q>, z.output<B>>): Promise<Reply<NoInfer<R>>>;
}

type Nothing = z.ZodType<Record<string, never>>;
/** A route whatever its shapes: what registration, description and tests work with. */
export interface Route extends Omit<RouteDefinition<AccessRule, z.ZodType, z.ZodType, z.ZodType, Responses>, "handle"> {
  handle(call: unknown): Promise<Reply<Responses>>;
}

/** Declares one route. The frame calls `handle` with exactly what the schemas gave. */
export const route = <
  W extends AccessRule,
  R extends Responses,
  P extends z.ZodType = Nothing,
  Q extends z.ZodType = Nothing,
  B extends z.ZodType = Nothing,
>(
  definition: RouteDefinition<W, P, Q, B, R>,
): Route => definition as unknown as Route;
