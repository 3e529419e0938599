/** The package brings no types. */
declare module "linebreak" {
  class LineBreaker {
    constructor(text: string);
    /** The next place where a line may (or must) end: the index behind it. */
    nextBreak(): { readonly position: number; readonly required: boolean } | null;
  }
  export { LineBreaker as default };
}
