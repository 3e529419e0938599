export type CheckStatus = "ok" | "warning" | "failed" | "skipped";

/** One line of Test & Save. `detail`: what was found; `remedy`: what to do, empty when nothing. No secret in either. */
export interface Check {
  /** Stable: `tenant`, `application`, `credential`, `token`, `role.{permission}`, `graph`, `export`, `payment`. */
  readonly name: string;
  readonly status: CheckStatus;
  readonly detail: string;
  readonly remedy: string;
}

/** Warnings do not stand in the way: payment, optional permissions, an expiry that comes near. */
export const mayBeSaved = (checks: readonly Check[]): boolean =>
  checks.length > 0 && checks.every(({ status }) => status !== "failed");

export const ok = (name: string, detail: string): Check => ({ name, status: "ok", detail, remedy: "" });
export const warning = (name: string, detail: string, remedy: string): Check => ({
  name,
  status: "warning",
  detail,
  remedy,
});
export const failed = (name: string, answer: { readonly detail: string; readonly remedy: string }): Check => ({
  name,
  status: "failed",
  detail: answer.detail,
  remedy: answer.remedy,
});
export const skipped = (name: string): Check => ({
  name,
  status: "skipped",
  detail: "Not checked, because an earlier check failed.",
  remedy: "",
});
