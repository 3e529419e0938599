import { loadConfig } from "../shared/platform/config.ts";
import { createDependencies } from "./dependencies.ts";
import { functionsTable } from "./register.ts";
import { bind } from "./runtime/bind.ts";
import { processLogger } from "./runtime/process-logger.ts";

// No catch: an app that cannot read its settings must not start. The error names every wrong one.
const use = createDependencies(loadConfig(process.env), processLogger());
bind(functionsTable(use), use.frame);
