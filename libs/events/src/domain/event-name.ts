export const LONGEST_NAME = 120;

/** `\s` knows the byte order mark, White_Space knows NEL; each lacks the other's. */
const ONLY_BLANKS = /^[\s\p{White_Space}]*$/u;

/** Why a value is no event name, or null. The length counts code points: an emoji is one character, not two. */
export function eventNameFault(value: unknown): string | null {
  const expected = `expected text of 1 to ${LONGEST_NAME} characters`;
  if (typeof value !== 'string') return expected;
  if (!value.isWellFormed()) return 'expected Unicode text, found half of a surrogate pair';
  // libsql cuts text off at a NUL when it reads it back; refused on every database, so that all accept the same.
  if (value.includes('\0')) return 'expected text without NUL characters';
  if (ONLY_BLANKS.test(value)) return `${expected}, not only blanks`;
  return codePoints(value) > LONGEST_NAME ? `${expected}, found ${codePoints(value)}` : null;
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
