import type { ContentSource } from "../backup/content-source.ts";
import type { DownloadDeps } from "./download.ts";
import { hostedContent } from "./hosted-content.ts";
import { sharedFile } from "./shared-file.ts";
import type { TenantApis } from "./tenant-apis.ts";

export function createContentSource(apis: TenantApis, deps: DownloadDeps): ContentSource {
  return {
    hosted: async (organizationId, reference, time) => hostedContent(await apis.of(organizationId), reference, time),
    file: async (organizationId, reference, time) => sharedFile(await apis.of(organizationId), reference, deps, time),
  };
}
