import type { ContentSource } from "../backup/content-source.ts";
import type { DownloadDeps } from "./download.ts";
import { hostedContent } from "./hosted-content.ts";
import { sharedFile } from "./shared-file.ts";
import type { TenantApis } from "./tenant-apis.ts";

export function createContentSource(apis: TenantApis, deps: DownloadDeps): ContentSource {
  return {
    hosted: async (organizationId, reference, signal) =>
      hostedContent(await apis.of(organizationId), reference, signal),
    file: async (organizationId, reference, signal) =>
      sharedFile(await apis.of(organizationId), reference, deps, signal),
  };
}
