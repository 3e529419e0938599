import { refusesAccount } from "../backup/outcome.contract.ts";
import { isAppError } from "../platform/errors.ts";
import { type Check, failed, ok, skipped, warning } from "./check.ts";
import { graphRefusal } from "./graph-refusals.ts";
import type { ProbeSession } from "./tenant-probe.ts";

/** So many users may lack a mailbox before the checks give up. */
const USERS_TRIED = 5;

export async function exportChecks(session: ProbeSession): Promise<readonly Check[]> {
  let users: readonly string[];
  try {
    users = await session.someUsers();
  } catch (error) {
    return [failed("graph", graphRefusal(error)), skipped("export"), skipped("payment")];
  }
  return [ok("graph", "Microsoft Graph answers."), ...(await exportOf(session, users.slice(0, USERS_TRIED)))];
}

async function exportOf(session: ProbeSession, users: readonly string[]): Promise<readonly Check[]> {
  let last: unknown;
  for (const user of users) {
    try {
      await session.exportOnce(user);
      return [ok("export", "The export of chat messages answers."), ok("payment", "No payment is required.")];
    } catch (error) {
      if (isAppError(error, "billing.payment_required")) return payment(error.message);
      if (!isAppError(error) || !refusesAccount(error.code)) return unanswered(failed("export", graphRefusal(error)));
      last = error;
    }
  }
  if (isAppError(last, "graph.access_denied")) return unanswered(failed("export", graphRefusal(last)));
  const detail = "No user with a mailbox was found to try the export with.";
  return unanswered(warning("export", detail, "Give at least one user a licence with Teams, then test again."));
}

const unanswered = (check: Check): Check[] => [
  check,
  { ...skipped("payment"), detail: "The export was not answered." },
];

const payment = (said: string): Check[] => [
  ok("export", "The export of chat messages answers: it asks for payment."),
  warning(
    "payment",
    `${said} (402).`,
    "Link the app to an Azure subscription: https://aka.ms/teams-api-payment-requirements. Backups stay paused until then and go on by themselves.",
  ),
];
