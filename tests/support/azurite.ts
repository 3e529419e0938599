export { startAzurite } from "../../local/azurite.ts";
export type { Azurite } from "../../local/azurite.ts";
