import type { ContentSource } from "../backup/content-source.ts";
import { createChatPace } from "./chat-pace.ts";
import type { DownloadDeps } from "./download.ts";
import { hostedContent } from "./hosted-content.ts";
import { sharedFile } from "./shared-file.ts";
import type { TenantApis } from "./tenant-apis.ts";

export function createContentSource(apis: TenantApis, deps: DownloadDeps): ContentSource {
  const pace = createChatPace(deps.retry.now, deps.retry.sleep);
  return {
    hosted: async (organizationId, reference, signal) =>
      hostedContent(await apis.of(organizationId), reference, pace, signal),
    file: async (organizationId, { url }, signal) => sharedFile(await apis.of(organizationId), url, deps, signal),
  };
}
