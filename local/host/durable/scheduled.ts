import type { EntityName } from "./actions.ts";

/** A step that the orchestrator has asked for. `id` is its number, the same on both sides of the protocol. */
export type Scheduled =
  | { readonly kind: "activity"; readonly id: number; readonly name: string; readonly input: unknown }
  | {
      readonly kind: "child";
      readonly id: number;
      readonly name: string;
      readonly instanceId: string | undefined;
      readonly input: unknown;
    }
  | { readonly kind: "timer"; readonly id: number; readonly fireAt: number }
  | {
      readonly kind: "message";
      readonly id: number;
      readonly to: string;
      readonly name: string;
      readonly message: EntityMessage;
    };

/** What travels to an entity. `lockset` and `pos` make it a request for a lock. */
export interface EntityMessage {
  readonly op?: string | null;
  readonly signal?: boolean;
  readonly input?: string;
  readonly id: string;
  readonly parent?: string;
  readonly parentExecution?: string;
  readonly lockset?: readonly EntityName[];
  readonly pos?: number;
}
