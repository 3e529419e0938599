import type { OutcomeText } from "../outcome-text.ts";

const WAIT = "It usually passes by itself: the next run goes on where this one stopped.";
const SUPPORT = "If it lasts over several runs, tell support this code and the time of the run.";

/** What keeps one account, or a part of it, from being backed up. */
export const accountOutcomes: Readonly<Record<string, OutcomeText>> = {
  "account.guest": {
    text: "A guest: the chats are kept by the guest's own tenant, and Microsoft Graph does not give them here.",
    remedy: "Deactivate the account, or connect the guest's own tenant.",
  },
  "account.unlicensed": {
    text: "The user has no licence with Teams, and Microsoft Graph gives no messages.",
    remedy: "Give the user a licence, or deactivate the account. What is stored stays.",
  },
  "account.deleted": {
    text: "The user was deleted, and Microsoft Graph no longer answers for it.",
    remedy: "Restore the user within 30 days of the deletion to back up what is missing. What is stored stays.",
  },
  "account.gone": {
    text: "The tenant has no such user any more.",
    remedy: "Nothing can be done. What is stored stays.",
  },
  "account.left": {
    text: "The user has left the tenant for good, and Microsoft Graph no longer answers for it.",
    remedy: "Restore the user in the tenant, then refresh the accounts. What is stored stays.",
  },
  "account.sign_in_blocked": {
    text: "The user's sign-in is blocked, and Microsoft Graph refuses the messages.",
    remedy: "Unblock the sign-in in the Microsoft 365 admin center, or deactivate the account.",
  },
  "account.no_mailbox": {
    text: "The user has no mailbox, where Microsoft keeps the messages of chats.",
    remedy: "Give the user a licence with Exchange Online. A new mailbox may take a day to appear.",
  },
  "account.not_active": {
    text: "The account was not active when its turn came.",
    remedy: "Activate the account to back it up.",
  },
  "account.erased": {
    text: "The account was erased while the run was under way.",
    remedy: "Activate the account to back it up anew.",
  },
  "graph.access_denied": {
    text: "Microsoft Graph refuses access to this user's chats without saying why.",
    remedy: "Check that Teams is switched on for the user and that no policy of the tenant blocks the app.",
  },
  "graph.user_not_found": {
    text: "Microsoft Graph finds no such user, or the user has no mailbox.",
    remedy: "Refresh the accounts; check that the user has a licence with Exchange Online.",
  },
  "graph.unlicensed": {
    text: "Microsoft Graph says that the user has no licence with Teams.",
    remedy: "Give the user a licence, or deactivate the account.",
  },
  "graph.chat_not_found": { text: "A chat vanished while it was read.", remedy: "" },
  "graph.throttled": { text: "Microsoft Graph asked for a pause.", remedy: WAIT },
  "graph.unavailable": { text: "Microsoft Graph did not answer, or broke off, again and again.", remedy: WAIT },
  "graph.page_loop": { text: "Microsoft Graph gave the same pages in circles.", remedy: WAIT },
  "graph.next_link_refused": { text: "Microsoft Graph gave a link to a next page that leads nowhere.", remedy: WAIT },
  "graph.not_found": { text: "Microsoft Graph does not know what was asked for.", remedy: SUPPORT },
  "graph.refused": { text: "Microsoft Graph refused a request that this service made.", remedy: SUPPORT },
  "graph.other_tenant": { text: "It belongs to another tenant.", remedy: "" },
  "graph.foreign_host": { text: "A request aimed at a host that is not Microsoft Graph.", remedy: SUPPORT },
  "graph.malformed_message": {
    text: "Microsoft Graph gave messages without an id or without their chat; they could not be kept.",
    remedy: SUPPORT,
  },
  "backup.not_reached": { text: "The run ended before the account's turn came.", remedy: "See why the run ended." },
  "backup.account_failed": { text: "The account's part of the run broke off.", remedy: WAIT },
  "backup.window_incomplete": { text: "Not every stretch of time was read to its end.", remedy: WAIT },
  "backup.window_lost": { text: "The record of a stretch of time is missing.", remedy: SUPPORT },
  "backup.clock_went_back": {
    text: "This service's clock stands before the last backup.",
    remedy: "Set the clock right.",
  },
  "archive.damaged": {
    text: "Something that was stored is missing or was changed.",
    remedy: "Tell support at once. Nothing is overwritten; what the run brought stays.",
  },
  "archive.removed": {
    text: "Something that was stored was removed, by retention or an erasure, while the run needed it.",
    remedy: WAIT,
  },
  "storage.unavailable": { text: "The storage did not answer.", remedy: WAIT },
  internal: { text: "Something unexpected went wrong in this service.", remedy: SUPPORT },
};
