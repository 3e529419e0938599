import { app } from "@azure/functions";
import * as df from "durable-functions";
import type { FunctionsTable } from "./functions-table.ts";
import { type Frame, serve } from "./serve.ts";

/** Gives every function of the table to the Functions runtime. Authorization is the frame's, from the bearer token. */
export function bind(table: FunctionsTable, frame: Frame): void {
  const extraInputs = [df.input.durableClient()];
  for (const route of table.routes) {
    const { name, method, path } = route;
    app.http(name, {
      methods: [method],
      route: path,
      authLevel: "anonymous",
      extraInputs,
      handler: serve(route, frame),
    });
  }
  for (const { name, handler } of table.orchestrators) df.app.orchestration(name, handler);
  for (const { name, handler } of table.activities) df.app.activity(name, { handler });
  for (const { name, schedule, handler } of table.timers) app.timer(name, { schedule, handler, extraInputs });
  for (const { name, queueName, handler } of table.queues) {
    app.storageQueue(name, { queueName, handler, connection: "AzureWebJobsStorage", extraInputs });
  }
}
