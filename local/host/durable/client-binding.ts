/** The URLs of the durable HTTP API, as the client binding and the answers name them. */
export interface DurableUrls {
  readonly base: string;
  readonly hubName: string;
}

export const webhookPath = "/runtime/webhooks/durabletask";

/** Keys are not checked by this host; the parameter is there because apps may look for it. */
const keyParameter = "code=local";

/** Links that manage one instance, in the order and with the names of the extension. */
export function managementUrls({ base, hubName }: DurableUrls, id: string) {
  const instance = `${base}/instances/${id}`;
  const query = `taskHub=${hubName}&connection=Storage&${keyParameter}`;
  return {
    id,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
    rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
    resumePostUri: `${instance}/resume?reason={text}&${query}`,
  };
}

/** What a `durableClient` input is given, as JSON text. The client takes its calls to `rpcBaseUrl`, which must end in a slash. */
export function clientBinding(urls: DurableUrls): string {
  const create = `${urls.base}/orchestrators/{functionName}[/{instanceId}]`;
  return JSON.stringify({
    taskHubName: urls.hubName,
    connectionName: null,
    creationUrls: {
      createNewInstancePostUri: `${create}?${keyParameter}`,
      createAndWaitOnNewInstancePostUri: `${create}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&${keyParameter}`,
    },
    managementUrls: managementUrls(urls, "INSTANCEID"),
    baseUrl: urls.base,
    requiredQueryStringParameters: keyParameter,
    rpcBaseUrl: `${urls.base}/`,
    httpBaseUrl: null,
    maxGrpcMessageSizeInBytes: null,
    grpcHttpClientTimeout: null,
  });
}
