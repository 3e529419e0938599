/** What an orchestrator function gives back: all its actions since the start, and whether it is done. */
export interface OrchestratorState {
  readonly isDone: boolean;
  readonly actions: readonly (readonly Action[])[];
  readonly output?: unknown;
  readonly error?: string;
  readonly customStatus?: unknown;
}

export interface RetryOptions {
  readonly firstRetryIntervalInMilliseconds: number;
  readonly maxNumberOfAttempts: number;
  readonly backoffCoefficient?: number;
  readonly maxRetryIntervalInMilliseconds?: number;
  readonly retryTimeoutInMilliseconds?: number;
}

export interface HttpRequestAction {
  readonly method: string;
  readonly uri: string;
  readonly content?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly asynchronousPatternEnabled?: boolean;
}

export type Action =
  | { readonly actionType: 0; readonly functionName: string; readonly input?: unknown }
  | {
      readonly actionType: 1;
      readonly functionName: string;
      readonly input?: unknown;
      readonly retryOptions: RetryOptions;
    }
  | { readonly actionType: 2; readonly functionName: string; readonly instanceId?: string; readonly input?: unknown }
  | {
      readonly actionType: 3;
      readonly functionName: string;
      readonly instanceId?: string;
      readonly input?: unknown;
      readonly retryOptions: RetryOptions;
    }
  | { readonly actionType: 4; readonly input?: unknown }
  | { readonly actionType: 5; readonly fireAt: string; readonly isCanceled: boolean }
  | { readonly actionType: 6; readonly externalEventName: string }
  | { readonly actionType: 7; readonly instanceId: string; readonly operation: string; readonly input?: unknown }
  | { readonly actionType: 8; readonly httpRequest: HttpRequestAction }
  | { readonly actionType: 9; readonly instanceId: string; readonly operation: string; readonly input?: unknown }
  | { readonly actionType: 11; readonly compoundActions: readonly Action[] }
  | { readonly actionType: 12; readonly compoundActions: readonly Action[] }
  | { readonly actionType: 13; readonly lockSet: readonly EntityName[]; readonly lockRequestId: string }
  | { readonly actionType: 14 };

export interface EntityName {
  readonly name: string;
  readonly key: string;
}

/** Entities are addressed as instances: `@name@key`, the name in lower case. */
export const entityInstanceId = ({ name, key }: EntityName): string => `@${name.toLowerCase()}@${key}`;

/** @returns undefined when the id is no entity's. */
export function entityName(instanceId: string): EntityName | undefined {
  const end = instanceId.indexOf("@", 1);
  if (!instanceId.startsWith("@") || end < 0) return undefined;
  return { name: instanceId.slice(1, end), key: instanceId.slice(end + 1) };
}

/** The built-in activity that stands behind `context.df.callHttp`. */
export const httpActivity = "BuiltIn::HttpActivity";
