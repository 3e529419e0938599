import { type Check, failed, ok, warning } from "./check.ts";
import { holds, optionalRoles, requiredRoles, type RoleNeed } from "./graph-roles.ts";
import type { ProbeSession } from "./tenant-probe.ts";

/** Entra issues tokens without any permission too, so each is looked for. */
export async function roleChecks(session: ProbeSession): Promise<readonly Check[]> {
  const roles = await session.roles();
  return [
    ...requiredRoles.map((need) => present(roles, need) ?? failed(nameOf(need), missing(need))),
    ...optionalRoles.map(
      (need) => present(roles, need) ?? warning(nameOf(need), missing(need).detail, missing(need).remedy),
    ),
  ];
}

const nameOf = ({ role }: RoleNeed): string => `role.${role}`;

function present(roles: readonly string[], need: RoleNeed): Check | undefined {
  if (!holds(roles, need)) return undefined;
  const by = roles.includes(need.role) ? need.role : roles.find((role) => need.satisfiedBy.includes(role));
  return ok(nameOf(need), `Granted${by === need.role ? "" : ` by ${by}`}: ${need.purpose}.`);
}

const missing = ({ role, purpose }: RoleNeed) => ({
  detail: `The application permission ${role} is not granted; it is needed for ${purpose}.`,
  remedy: `In the app registration, under API permissions, add Microsoft Graph, Application permissions, ${role}, and choose “Grant admin consent”. A grant may take some minutes to arrive.`,
});
