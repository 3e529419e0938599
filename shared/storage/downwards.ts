import type { Instant } from "../platform/time.ts";

const END_OF_TIME = 99_999_999_999_999;

/** A row key by which the latest instant comes first. */
export const downwards = (instant: Instant): string => String(END_OF_TIME - instant).padStart(14, "0");
