import { createDependencies } from "../../functions/dependencies.ts";
import { functionsTable } from "../../functions/register.ts";
import { loadConfig } from "../../shared/platform/config.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import { settings } from "./settings.ts";

/** Every function of the app, with nothing behind it: good for what can be seen without calling one. */
export const appTable = () =>
  functionsTable(
    createDependencies(
      loadConfig(settings()),
      createLogger(() => undefined),
    ),
  );
