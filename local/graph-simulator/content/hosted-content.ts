import { hexFrom, seedOf } from "../tenant/random.ts";
import { gif } from "./gif.ts";
import { jpeg } from "./jpeg.ts";
import { png } from "./png.ts";

export type HostedType = "png" | "jpeg" | "gif" | "code" | "denied";

const types: readonly HostedType[] = ["png", "jpeg", "gif", "code", "denied"];

/**
 * A hosted content id as Teams makes them: base64 of `id=…,type=…,url=…` with an address in the store behind Teams.
 * The last digit of the object name says what the object is, so that the bytes can be made from the id alone.
 */
export function hostedContentId(type: HostedType, ...parts: readonly (string | number)[]): string {
  const object = `0-weu-d3-${hexFrom(...parts).slice(0, 31)}${types.indexOf(type)}`;
  const url = `https://eu-api.asm.skype.com/v1/objects/${object}/views/imgo`;
  return Buffer.from(`id=x_${object},type=1,url=${url}`).toString("base64");
}

export interface HostedBytes {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** "denied": the message can be read and the picture cannot (403), a pattern reported from production. Null: no such id. */
export function hostedBytes(hostedId: string): HostedBytes | "denied" | null {
  const object = /,url=https:\/\/[^/]+\/v1\/objects\/(0-weu-d3-[0-9a-f]{32})\//.exec(
    Buffer.from(hostedId, "base64").toString("utf8"),
  )?.[1];
  if (object === undefined) return null;
  const seed = seedOf(object);
  switch (types[Number(object.at(-1))]) {
    case "png":
      return { contentType: "image/png", bytes: png(seed) };
    case "jpeg":
      return { contentType: "image/jpeg", bytes: jpeg(seed) };
    case "gif":
      return { contentType: "image/gif", bytes: gif(seed) };
    case "code":
      return { contentType: "text/plain", bytes: codeText(seed) };
    case "denied":
      return "denied";
    default:
      return null;
  }
}

const codeText = (seed: number): Buffer =>
  Buffer.from(
    `// snippet ${seed}\nfunction greet(name: string): string {\n\treturn \`Grüße, \${name} <&> "${seed}"\`;\n}\n\nconsole.log(greet("мир 世界"));\n`,
  );
