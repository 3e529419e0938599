/** What Microsoft took per message, in US dollars, and gave for nothing each month and app with model A for each user with the
 * licence (E5 or the like), until 2025-08-25.
 * @see https://learn.microsoft.com/graph/teams-licenses */
const USD_PER_MESSAGE = 0.00075;
const SEEDED_PER_USER = 1_600;

export interface ModelCost {
  readonly model: "A" | "B";
  /** Messages a month that cost nothing. */
  readonly seededMessages: number;
  readonly chargedMessages: number;
  /** To the cent. */
  readonly usd: number;
}

/** What so many messages in a month would cost under each model, when every one of the users has the licence of model A. */
export const modelCosts = (messages: number, users: number): ModelCost[] => [
  cost("A", messages, users * SEEDED_PER_USER),
  cost("B", messages, 0),
];

function cost(model: "A" | "B", messages: number, seededMessages: number): ModelCost {
  const chargedMessages = Math.max(0, messages - seededMessages);
  return { model, seededMessages, chargedMessages, usd: Math.round(chargedMessages * USD_PER_MESSAGE * 100) / 100 };
}
