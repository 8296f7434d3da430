/** SQLite shifts an integer by so many bits at most and stays positive. */
const MOST_SHIFTED = 62;

/** A number as an integer and two exponents of the powers of two that divide it: [3, 1, 0] is 1.5. */
export type ExactReal = readonly [integer: number, halvings: number, moreHalvings: number];

/**
 * Writes a number so that SQLite reads the very same one: it reads 21.8361383 in JSON as 21.836138300000002, since it does
 * not round decimals correctly. Integers it reads exactly, and dividing one by a power of two is exact too. What lies
 * nearer to zero than 1e-21 is rounded.
 */
export function exactReal(value: number): ExactReal {
  let [integer, halvings] = [value, 0];
  for (; !Number.isInteger(integer) && halvings < 2 * MOST_SHIFTED; halvings++) integer *= 2;
  const first = Math.min(halvings, MOST_SHIFTED);
  return [Math.round(integer), first, halvings - first];
}

/** The SQL that reads one at a path of a JSON value. */
export function exactRealAt(json: string, path: string): string {
  const part = (index: number) => `(${json}->>'${path}[${index}]')`;
  return `${part(0)} * 1.0 / (1 << ${part(1)}) / (1 << ${part(2)})`;
}
