/** An application permission, and those that include it. */
export interface RoleNeed {
  readonly role: string;
  /** Any of these will do; `role` is among them. */
  readonly satisfiedBy: readonly string[];
  /** What does not work without it. */
  readonly purpose: string;
}

export const chatRole: RoleNeed = {
  role: "Chat.Read.All",
  satisfiedBy: ["Chat.Read.All", "Chat.ReadWrite.All"],
  purpose: "reading chat messages, members and pictures",
};
export const userRole: RoleNeed = {
  role: "User.Read.All",
  satisfiedBy: ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
  purpose: "listing the accounts of the tenant",
};
export const fileRole: RoleNeed = {
  role: "Files.Read.All",
  satisfiedBy: ["Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"],
  purpose: "reading the files that messages link to",
};

/** Backup needs all of these. */
export const requiredRoles: readonly RoleNeed[] = [chatRole, userRole, fileRole];

/** Wanted by single features. */
export const optionalRoles: readonly RoleNeed[] = [
  {
    role: "GroupMember.Read.All",
    satisfiedBy: ["GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All"],
    purpose: "activating accounts by group",
  },
  { role: "Teamwork.Migrate.All", satisfiedBy: ["Teamwork.Migrate.All"], purpose: "restoring chats" },
  { role: "Chat.Create", satisfiedBy: ["Chat.Create", "Chat.ReadWrite.All"], purpose: "restoring into a new chat" },
];

export const holds = (roles: readonly string[], need: RoleNeed): boolean =>
  need.satisfiedBy.some((role) => roles.includes(role));
