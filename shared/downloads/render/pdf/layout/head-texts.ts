import type { Instant } from "../../../../platform/time.ts";
import { oneLine } from "../../conversation-title.ts";
import type { RenderHead } from "../../renderer.ts";
import { RIGHT_TO_LEFT } from "../type/direction.ts";
import { APART } from "./inlines.ts";

export type LocalTime = (instant: Instant) => string;

/** Name and address; where the address is not known it says so, as a name may look like one. */
export function personText(name = "", address: string | undefined): string {
  const known = address === undefined ? "(address not known)" : `<${oneLine(address)}>`;
  const called = oneLine(name);
  if (called === "") return known;
  return `${called} ${RIGHT_TO_LEFT.test(called) ? APART : ""}${known}`;
}

export const accountText = ({ account: { displayName, userPrincipalName } }: RenderHead): string =>
  personText(displayName, userPrincipalName);

/** To the last second that it holds. */
export const rangeText = ({ from, to }: RenderHead, localTime: LocalTime): string =>
  `${localTime(from)} to ${localTime(to - 1)}`;

export const contentText = ({ attachments, systemEvents }: RenderHead): string =>
  `Messages ${systemEvents ? "and" : "without"} system events, ${attachments ? "with attachments" : "text only"}`;

/** For the properties of a file. What people call themselves stands behind all else. */
export function subjectText(head: RenderHead, localTime: LocalTime): string {
  const { timeZone, asOf } = head;
  const moment = asOf === undefined ? "" : `, as of ${localTime(asOf)}`;
  return `Chat in Microsoft Teams from ${rangeText(head, localTime)} (${timeZone})${moment}. ${contentText(head)}. As seen by ${accountText(head)}`;
}
