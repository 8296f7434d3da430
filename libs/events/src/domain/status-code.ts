const SMALLEST = -(2 ** 31);
const LARGEST = 2 ** 31 - 1;

/**
 * Reads a status code: a 32-bit signed integer, or the same as a canonical decimal string ("2", "-7").
 * @returns null for anything else: "2.0", "+2", "007", " 2", "-0", "", 2.5, 2147483648, true
 */
export function readStatusCode(value: unknown): number | null {
  const isCanonicalText = typeof value === 'string' && /^(0|-?[1-9]\d{0,9})$/.test(value);
  const number = isCanonicalText ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) return null;
  // JSON can say -0; adding 0 makes it 0.
  return number >= SMALLEST && number <= LARGEST ? number + 0 : null;
}

export const STATUS_CODE_EXPECTED = `expected an integer from ${SMALLEST} to ${LARGEST}, or the same as decimal text such as "2" or "-7"`;
