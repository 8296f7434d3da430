export const LONGEST_NAME = 120;

/** Why a value is no event name, or null. The length counts code points: an emoji is one character, not two. */
export function eventNameFault(value: unknown): string | null {
  const expected = `expected text of 1 to ${LONGEST_NAME} characters`;
  if (typeof value !== 'string') return expected;
  if (!value.isWellFormed()) return 'expected Unicode text, found half of a surrogate pair';
  if (value.trim() === '') return `${expected}, not only blanks`;
  return codePoints(value) > LONGEST_NAME ? `${expected}, found ${codePoints(value)}` : null;
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
