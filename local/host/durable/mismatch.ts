import { eventType, type HistoryEvent } from "./history.ts";
import type { Scheduled } from "./scheduled.ts";

const question = "Was a change made to the orchestrator code after this instance had already started running?";

/** The words in which the extension fails an instance whose history does not fit its code; undefined when this event does. */
export function mismatch(event: HistoryEvent, step: Scheduled | undefined): string | undefined {
  const before = describe(event);
  const found = `Non-Deterministic workflow detected: A previous execution of this orchestration scheduled ${before}`;
  if (step === undefined)
    return `${found}, but the current replay execution hasn't (yet?) scheduled this task. ${question}`;
  const now = describeStep(step);
  if (now === before) return undefined;
  const instead = now.replace(/ with sequence number \d+/, "");
  return `${found}, but the current orchestration replay instead scheduled ${instead} with this sequence number.  ${question}`;
}

function describe(event: HistoryEvent): string {
  const number = `with sequence number ${event.EventId}`;
  switch (event.EventType) {
    case eventType.taskScheduled:
      return `an activity task ${number} named '${event.Name ?? ""}'`;
    case eventType.childCreated:
      return `a sub-orchestration task ${number} named '${event.Name ?? ""}'`;
    case eventType.timerCreated:
      return `a timer task ${number}`;
    default:
      return `a send event task ${number} to '${event.InstanceId ?? ""}'`;
  }
}

function describeStep(step: Scheduled): string {
  const number = `with sequence number ${step.id}`;
  switch (step.kind) {
    case "activity":
      return `an activity task ${number} named '${step.name}'`;
    case "child":
      return `a sub-orchestration task ${number} named '${step.name}'`;
    case "timer":
      return `a timer task ${number}`;
    case "message":
      return `a send event task ${number} to '${step.to}'`;
  }
}
