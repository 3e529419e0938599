import { z } from "zod";
import { type AuditDeps, recordAudit } from "../../shared/access/audit.ts";
import { approvalResource } from "../../shared/access/approval.contract.ts";
import {
  type ApprovalsDeps,
  decide,
  findApproval,
  requestErasure,
  showApproval,
} from "../../shared/access/approvals.ts";
import { ERASE } from "../../shared/archive/removal/removal.contract.ts";
import { backupInstance } from "../../shared/backup/backup.contract.ts";
import { id } from "../../shared/platform/ids.ts";
import { newId } from "../../shared/platform/new-id.ts";
import { ORGANIZATION_ADMIN } from "../runtime/access-rule.ts";
import { pageOf, paging } from "../runtime/cursors.ts";
import { type Route, route } from "../runtime/route.ts";

const organization = z.object({ organizationId: id });
const one = organization.extend({ approvalId: id });
const PATH = "organizations/{organizationId}/approvals";
const location = (organizationId: string, approvalId: string) =>
  `/api/organizations/${organizationId}/approvals/${approvalId}`;

export type ApprovalRouteDeps = ApprovalsDeps & AuditDeps;

/** What takes two people: ask for it, see what was asked for, approve or reject it. */
export function approvalRoutes(deps: ApprovalRouteDeps): Route[] {
  return [postErasure(deps), listApprovals(deps), getApproval(deps), approve(deps), reject(deps)];
}

const postErasure = (deps: ApprovalRouteDeps): Route =>
  route({
    name: "requestErasure",
    method: "POST",
    path: "organizations/{organizationId}/accounts/{accountId}/erasure",
    summary: "Ask for the erasure of what is stored of an account; another person has to approve it",
    who: ORGANIZATION_ADMIN,
    params: organization.extend({ accountId: id }),
    responses: { 202: approvalResource },
    idempotent: true,
    async handle({ params, caller, log }) {
      const asked = await requestErasure(deps, params, caller);
      const { approvalId, accountId } = asked;
      await recordAudit(deps, params.organizationId, caller, "erasure.requested", { approvalId, accountId });
      log.info("approval.requested", { ...params, approvalId });
      const body = showApproval(asked, deps.now());
      return { status: 202 as const, location: location(params.organizationId, asked.approvalId), body };
    },
  });

const listApprovals = (deps: ApprovalRouteDeps): Route =>
  route({
    name: "listApprovals",
    method: "GET",
    path: PATH,
    summary: "What was asked for and takes two people, newest first",
    who: ORGANIZATION_ADMIN,
    params: organization,
    query: z.strictObject(paging),
    responses: { 200: pageOf(approvalResource) },
    async handle({ params: { organizationId }, query: { top }, position, cursor }) {
      const found = await deps.approvals.list(organizationId, top + 1, position(id));
      const page = found.slice(0, top);
      const more = found.length > top ? page.at(-1)?.approvalId : undefined;
      const items = page.map((approval) => showApproval(approval, deps.now()));
      return { status: 200 as const, body: { items, nextCursor: cursor(more) } };
    },
  });

const getApproval = (deps: ApprovalRouteDeps): Route =>
  route({
    name: "getApproval",
    method: "GET",
    path: `${PATH}/{approvalId}`,
    summary: "What became of one of them",
    who: ORGANIZATION_ADMIN,
    params: one,
    responses: { 200: approvalResource },
    async handle({ params: { organizationId, approvalId } }) {
      const { value } = await findApproval(deps.approvals, organizationId, approvalId);
      return { status: 200 as const, body: showApproval(value, deps.now()) };
    },
  });

const approve = (deps: ApprovalRouteDeps): Route =>
  route({
    name: "approve",
    method: "POST",
    path: `${PATH}/{approvalId}/approve`,
    summary: "Approve it, as another person than who asked: it is done when no backup of the organization is under way",
    who: ORGANIZATION_ADMIN,
    params: one,
    responses: { 202: approvalResource },
    async handle({ params, caller, durable, log }) {
      const { organizationId } = params;
      const approved = await decide(deps, params, caller, "Approved");
      const { approvalId, accountId } = approved;
      await recordAudit(deps, organizationId, caller, "erasure.approved", { approvalId, accountId });
      log.info("approval.approved", params);
      const input = { organizationId, attempt: newId(deps.now()) };
      await durable.start(backupInstance(organizationId), ERASE, input);
      const body = showApproval(approved, deps.now());
      return { status: 202 as const, location: location(organizationId, approved.approvalId), body };
    },
  });

const reject = (deps: ApprovalRouteDeps): Route =>
  route({
    name: "reject",
    method: "POST",
    path: `${PATH}/{approvalId}/reject`,
    summary: "Reject it, as another person than who asked",
    who: ORGANIZATION_ADMIN,
    params: one,
    responses: { 200: approvalResource },
    async handle({ params, caller, log }) {
      const rejected = await decide(deps, params, caller, "Rejected");
      const { approvalId, accountId } = rejected;
      await recordAudit(deps, params.organizationId, caller, "erasure.rejected", { approvalId, accountId });
      log.info("approval.rejected", params);
      return { status: 200 as const, body: showApproval(rejected, deps.now()) };
    },
  });
