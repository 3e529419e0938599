import type { RateBucket } from "../backup/rate-gate.ts";
import { chatRole, fileRole, type RoleNeed, userRole } from "../credentials/graph-roles.ts";

/** The role without which no request of the bucket is answered. */
export const ROLE_OF: Readonly<Record<RateBucket, RoleNeed>> = {
  export: chatRole,
  chats: chatRole,
  teams: chatRole,
  hosted: chatRole,
  files: fileRole,
  directory: userRole,
};
