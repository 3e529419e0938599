import { CronExpressionParser } from "cron-parser";
import { timeSpanMs } from "../host-json.ts";

/** When a timer is due next. Times are ms, UTC. */
export type NextOccurrence = (after: number) => number;

/** Understands what a timer trigger takes: six fields with seconds first, or a duration like `00:05:00`. @throws otherwise */
export function parseSchedule(schedule: string): NextOccurrence {
  if (/^[\d.]+:\d+:\d+$/.test(schedule)) {
    const everyMs = timeSpanMs(schedule);
    return (after) => after + everyMs;
  }
  const next: NextOccurrence = (after) =>
    CronExpressionParser.parse(schedule, { currentDate: new Date(after), tz: "UTC" })
      .next()
      .getTime();
  next(0);
  return next;
}
