import { cardKinds } from "./cards.ts";
import { eventKinds } from "./events.ts";
import { fileKinds } from "./files.ts";
import type { MessageKind } from "./kind.ts";
import { oddKinds } from "./oddities.ts";
import { peopleKinds } from "./people.ts";
import { pictureKinds } from "./pictures.ts";
import { referenceKinds } from "./references.ts";

/** Kinds that are planted at chosen places, in the order in which places are given out. */
export const specialKinds: readonly MessageKind[] = [
  ...pictureKinds,
  ...cardKinds,
  ...referenceKinds,
  ...eventKinds,
  ...peopleKinds,
  ...oddKinds,
  ...fileKinds,
];
