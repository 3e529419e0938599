import { outcomeText } from "../../shared/backup/outcome-text.ts";
import { type Explain, missingTexts } from "../../shared/downloads/missing-texts.ts";

/** What is missing is told of by whoever gave the code: the download, or the backup. */
export const explainMissing: Explain = (code) => missingTexts[code] ?? outcomeText(code);
