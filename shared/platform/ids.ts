import { z } from "zod";

/** Every id of ours: 26 characters of lower-case Crockford base32. Safe in a URL, a blob name, a table key and a durable
 * instance id; anything else in a path is answered as unknown. */
export const id = z.string().regex(/^[0-9a-hjkmnp-tv-z]{26}$/, "is not an id");
