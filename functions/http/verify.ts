import { z } from "zod";
import { type AuditDeps, recordAudit } from "../../shared/access/audit.ts";
import {
  describeVerification,
  requestVerification,
  type VerificationDeps,
} from "../../shared/archive/verify/verification.ts";
import {
  VERIFY,
  verificationResource,
  verifyBody,
  verifyInstance,
} from "../../shared/archive/verify/verify.contract.ts";
import { AppError } from "../../shared/platform/errors.ts";
import { id } from "../../shared/platform/ids.ts";
import { ORGANIZATION_READER } from "../runtime/access-rule.ts";
import { type Route, route } from "../runtime/route.ts";

const organization = z.object({ organizationId: id });

/** Verifications: begin one, and look at what it found. */
export function verifyRoutes(deps: VerificationDeps & AuditDeps): Route[] {
  const { verifications } = deps;
  return [
    route({
      name: "startVerification",
      method: "POST",
      path: "organizations/{organizationId}/verify",
      summary: "Proves what is stored against its manifests; its Location tells what was found",
      who: ORGANIZATION_READER,
      params: organization,
      body: verifyBody,
      idempotent: true,
      responses: { 202: verificationResource },
      async handle({ params: { organizationId }, body, caller, durable, log }) {
        const asked = await requestVerification(deps, organizationId, body);
        const of = { organizationId, verifyId: asked.verifyId };
        const { verifyId, bytes, scope } = asked;
        const accounts = scope === "all" ? scope : (body.accountIds?.length ?? 0);
        await recordAudit(deps, organizationId, caller, "verification.requested", { verifyId, bytes, accounts });
        await durable.start(verifyInstance(asked.verifyId), VERIFY, { ...of, after: null, codes: [] });
        log.info("verify.requested", { ...of, bytes: asked.bytes });
        const location = `/api/organizations/${organizationId}/verify/${asked.verifyId}`;
        return { status: 202, location, body: await describeVerification(verifications, of, asked) };
      },
    }),
    route({
      name: "getVerification",
      method: "GET",
      path: "organizations/{organizationId}/verify/{verifyId}",
      summary: "How far a verification is, and what it found",
      who: ORGANIZATION_READER,
      params: organization.extend({ verifyId: id }),
      responses: { 200: verificationResource },
      async handle({ params: of }) {
        const found = await verifications.find(of);
        if (!found) throw new AppError("not_found", "verify.not_found", "There is no such verification");
        return { status: 200, body: await describeVerification(verifications, of, found) };
      },
    }),
  ];
}
