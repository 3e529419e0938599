/** Keeps the most recently used JSON texts within a budget of characters. */
export function jsonCache(maxChars: number): (key: string, make: () => string) => string {
  const texts = new Map<string, string>();
  let chars = 0;
  return (key, make) => {
    const known = texts.get(key);
    if (known !== undefined) {
      texts.delete(key);
      texts.set(key, known);
      return known;
    }
    const text = make();
    texts.set(key, text);
    chars += text.length;
    for (const [oldest, old] of texts) {
      if (chars <= maxChars) break;
      texts.delete(oldest);
      chars -= old.length;
    }
    return text;
  };
}
