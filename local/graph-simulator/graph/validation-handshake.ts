import { randomUUID } from "node:crypto";
import { badRequest } from "./graph-error.ts";

const limitMs = 10_000;

/**
 * The endpoint must answer `POST ?validationToken=…` within 10 seconds with 200, `text/plain` and the decoded token
 * (Microsoft Learn: "Receive change notifications through webhooks").
 */
export async function requireHandshake(notificationUrl: string): Promise<void> {
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomUUID()}`;
  const address = new URL(notificationUrl);
  address.searchParams.set("validationToken", token);
  const failed = (reason: string): Error =>
    badRequest(`Subscription validation request failed. ${reason}`, "ValidationError");
  let response: Response;
  try {
    response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "text/plain; charset=utf-8" },
      signal: AbortSignal.timeout(limitMs),
    });
  } catch {
    throw failed("The notification endpoint is not reachable or did not answer within 10 seconds.");
  }
  if (response.status !== 200)
    throw failed(
      `Notification endpoint must respond with 200 OK to validation request. It answered ${response.status}.`,
    );
  if (!(response.headers.get("content-type") ?? "").startsWith("text/plain"))
    throw failed("The answer must be text/plain.");
  if ((await response.text()) !== token) throw failed("The answer must be the validation token.");
}
