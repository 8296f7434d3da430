/** An escaped comma or backslash, or any one character. */
const TOKEN = /\\[\\,]|[^]/gu;

/**
 * The values of a filter that takes several with commas, as the API separates them: in a value `\,` means a comma and `\\` a
 * backslash; before any other character a backslash means itself.
 */
export function separatedValues(given: string): string[] {
  const values = [''];
  for (const [token] of given.matchAll(TOKEN)) {
    if (token === ',') values.push('');
    else values.push((values.pop() ?? '') + (token.length === 2 && token.startsWith('\\') ? token.slice(1) : token));
  }
  return values;
}
