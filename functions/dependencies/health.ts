import { z } from "zod";
import { table } from "../../shared/storage/table.ts";
import type { Base } from "./base.ts";
import { VERSION } from "./version.ts";

/** Whether what the app depends on answers. */
export function healthDependencies({ table: client, log }: Base) {
  const partners = table(client("partners"), z.object({}));
  const dependencies = async (): Promise<Record<string, "ok" | "failed">> => {
    try {
      await partners.page("partners", 1);
      return { storage: "ok" };
    } catch (error) {
      log.error("health.storage", error);
      return { storage: "failed" };
    }
  };
  return { version: VERSION, dependencies };
}
