import { fileKinds } from "./files.ts";
import type { MessageKind } from "./kind.ts";
import { pictureKinds } from "./pictures.ts";

/** Kinds that are planted at chosen places, in the order in which places are given out. */
export const specialKinds: readonly MessageKind[] = [...pictureKinds, ...fileKinds];
