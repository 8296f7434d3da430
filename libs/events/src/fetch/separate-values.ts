/** An escaped comma or backslash, or any one character. */
const TOKEN = /\\[\\,]|[^]/gu;

/**
 * The values of a parameter that takes several with commas. In a value `\,` means a comma and `\\` a backslash; before any
 * other character a backslash means itself.
 */
export function separateValues(given: string): string[] {
  const values: string[] = [];
  let value = '';
  for (const [token] of given.matchAll(TOKEN)) {
    if (token === ',') {
      values.push(value);
      value = '';
    } else value += token === '\\,' || token === '\\\\' ? token.slice(1) : token;
  }
  return [...values, value];
}
