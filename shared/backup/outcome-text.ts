import { accountOutcomes } from "./outcome-texts/account-outcomes.ts";
import { contentOutcomes } from "./outcome-texts/content-outcomes.ts";
import { organizationOutcomes } from "./outcome-texts/organization-outcomes.ts";
import type { ReasonCount } from "./run-store.ts";

/** What a code means, as a sentence, and what to do about it: empty when nothing can or need be done. Both are in English, for
 * administrators, and may be reworded; the code is stable. */
export interface OutcomeText {
  readonly text: string;
  readonly remedy: string;
}

export const outcomeTexts: Readonly<Record<string, OutcomeText>> = {
  ...organizationOutcomes,
  ...accountOutcomes,
  ...contentOutcomes,
};

export const outcomeText = (code: string): OutcomeText =>
  outcomeTexts[code] ?? { text: "It failed.", remedy: `If it lasts, tell support the code ${code}.` };

export const withText = ({ code, count }: ReasonCount) => ({ code, count, ...outcomeText(code) });
