import { z } from "zod";
import { type AuditDeps, recordAudit } from "../../shared/access/audit.ts";
import { describeDownload, type DescribedDownload } from "../../shared/downloads/describe-download.ts";
import {
  BUILD_DOWNLOAD,
  downloadBody,
  downloadInstance,
  type DownloadResource,
  downloadResource,
  linksBody,
  linksResource,
} from "../../shared/downloads/download.contract.ts";
import { findDownload } from "../../shared/downloads/find-download.ts";
import { type IssueLinksDeps, issueLinks } from "../../shared/downloads/issue-links.ts";
import type { Explain } from "../../shared/downloads/missing-texts.ts";
import { type RemoveDownloadDeps, removeDownload } from "../../shared/downloads/remove-download.ts";
import { type RequestDownloadDeps, requestDownload } from "../../shared/downloads/request-download.ts";
import { id } from "../../shared/platform/ids.ts";
import { iso } from "../../shared/platform/time.ts";
import { ORGANIZATION_OWN_ADMIN, ORGANIZATION_OWN_READER } from "../runtime/access-rule.ts";
import { pageOf, paging } from "../runtime/cursors.ts";
import { type Route, route } from "../runtime/route.ts";

export type DownloadRouteDeps = RequestDownloadDeps &
  IssueLinksDeps &
  RemoveDownloadDeps &
  AuditDeps & { readonly explain: Explain };

const organization = z.object({ organizationId: id });
const one = organization.extend({ downloadId: id });
const PATH = "organizations/{organizationId}/downloads";

export function downloadRoutes(deps: DownloadRouteDeps): Route[] {
  return [postDownload(deps), listDownloads(deps), getDownload(deps), deleteDownload(deps), postLinks(deps)];
}

/** With what each code of what is missing means. */
const told = (resource: DescribedDownload, explain: Explain): DownloadResource => ({
  ...resource,
  missing: resource.missing.map((reason) => ({ ...reason, ...explain(reason.code) })),
});

const postDownload = (deps: DownloadRouteDeps): Route =>
  route({
    name: "requestDownload",
    method: "POST",
    path: PATH,
    summary: "Ask for a download; its Location tells how far it is",
    who: ORGANIZATION_OWN_ADMIN,
    params: organization,
    body: downloadBody,
    responses: { 202: downloadResource },
    idempotent: true,
    async handle({ params: { organizationId }, body, caller, durable, log }) {
      const download = await requestDownload(deps, organizationId, caller.id, body);
      const input = { organizationId, downloadId: download.id };
      const { format, attachments, accountIds } = download;
      const asked = { downloadId: download.id, format, attachments, accounts: accountIds.length };
      await recordAudit(deps, organizationId, caller, "download.requested", asked);
      await durable.start(downloadInstance(download.id), BUILD_DOWNLOAD, input);
      log.info("download.requested", { ...input, format: download.format, accounts: download.accountIds.length });
      const { resource } = await describeDownload(deps.downloads, organizationId, download);
      return {
        status: 202 as const,
        body: told(resource, deps.explain),
        location: `/api/organizations/${organizationId}/downloads/${download.id}`,
      };
    },
  });

const listDownloads = (deps: DownloadRouteDeps): Route =>
  route({
    name: "listDownloads",
    method: "GET",
    path: PATH,
    summary: "Downloads of an organization, newest first",
    who: ORGANIZATION_OWN_READER,
    params: organization,
    query: z.strictObject(paging),
    responses: { 200: pageOf(downloadResource) },
    async handle({ params: { organizationId }, query: { top }, position, cursor }) {
      const found = await deps.downloads.list(organizationId, top + 1, position(id));
      const page = found.slice(0, top);
      const items = await Promise.all(
        page.map((download) => describeDownload(deps.downloads, organizationId, download)),
      );
      const more = found.length > top ? page.at(-1)?.id : undefined;
      return {
        status: 200 as const,
        body: { items: items.map(({ resource }) => told(resource, deps.explain)), nextCursor: cursor(more) },
      };
    },
  });

const getDownload = (deps: DownloadRouteDeps): Route =>
  route({
    name: "getDownload",
    method: "GET",
    path: `${PATH}/{downloadId}`,
    summary: "How far a download is, and what it holds",
    who: ORGANIZATION_OWN_READER,
    params: one,
    responses: { 200: downloadResource },
    async handle({ params: { organizationId, downloadId } }) {
      const { value } = await findDownload(deps.downloads, organizationId, downloadId);
      const { resource } = await describeDownload(deps.downloads, organizationId, value);
      return { status: 200 as const, body: told(resource, deps.explain) };
    },
  });

const deleteDownload = (deps: DownloadRouteDeps): Route =>
  route({
    name: "deleteDownload",
    method: "DELETE",
    path: `${PATH}/{downloadId}`,
    summary: "Stop a download, and remove it with its files",
    who: ORGANIZATION_OWN_ADMIN,
    params: one,
    responses: { 204: null },
    async handle({ params: { organizationId, downloadId }, caller, log }) {
      await findDownload(deps.downloads, organizationId, downloadId);
      await recordAudit(deps, organizationId, caller, "download.removed", { downloadId });
      await removeDownload(deps, organizationId, downloadId);
      log.info("download.removed", { organizationId, downloadId });
      return { status: 204 as const };
    },
  });

const postLinks = (deps: DownloadRouteDeps): Route =>
  route({
    name: "issueDownloadLinks",
    method: "POST",
    path: `${PATH}/{downloadId}/links`,
    summary: "Short-lived links to the zips of a download",
    who: ORGANIZATION_OWN_ADMIN,
    params: one,
    body: linksBody,
    responses: { 200: linksResource },
    async handle({ params: { organizationId, downloadId }, body: { parts }, caller, log }) {
      const links = await issueLinks(deps, organizationId, downloadId, parts);
      const issued = { downloadId, links: links.length, parts: named(links) };
      await recordAudit(deps, organizationId, caller, "download.links_issued", issued);
      log.info("download.links_issued", { organizationId, downloadId, links: links.length });
      return {
        status: 200 as const,
        body: { links: links.map((link) => ({ ...link, expiresAt: iso(link.expiresAt) })) },
      };
    },
  });

const LONGEST = 2_000;
/** The zips' names, as many as fit an entry. */
function named(links: readonly { readonly part: string }[]): string {
  const names = links.map(({ part }) => part).join("; ");
  return names.length > LONGEST ? `${names.slice(0, LONGEST)} …` : names;
}
