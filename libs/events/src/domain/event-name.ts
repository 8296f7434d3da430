import { columnTextFault } from './column-text.js';

export const LONGEST_NAME = 120;

/** `\s` knows the byte order mark, White_Space knows NEL; each lacks the other's. */
const ONLY_BLANKS = /^[\s\p{White_Space}]*$/u;

/** Why a value is no event name, or null. The length counts code points: an emoji is one character, not two. */
export function eventNameFault(value: unknown): string | null {
  const expected = `expected text of 1 to ${LONGEST_NAME} characters`;
  if (typeof value !== 'string') return expected;
  const fault = columnTextFault(value);
  if (fault !== null) return fault;
  if (ONLY_BLANKS.test(value)) return `${expected}, not only blanks`;
  return codePoints(value) > LONGEST_NAME ? `${expected}, found ${codePoints(value)}` : null;
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
