/** How many shades there are beside that of countries without events. */
export const SHADES = 5;

/**
 * The least count of each shade: even steps of the logarithm, since a few countries have most events. Empty where there are
 * none.
 */
export function shadeBounds(largest: number): number[] {
  if (largest < 1) return [];
  const bounds = Array.from({ length: SHADES }, (_, step) => roundedUp(largest ** (step / SHADES)));
  return [...new Set(bounds)].filter((bound) => bound <= largest);
}

/** Which shade a count has: 0 is none, SHADES the darkest. Few bounds use the dark end, which stands out. */
export function shadeOf(count: number, bounds: readonly number[]): number {
  const reached = bounds.filter((bound) => count >= bound).length;
  return reached === 0 ? 0 : reached + SHADES - bounds.length;
}

/** To one digit beyond 10, since a bound is read. */
function roundedUp(value: number): number {
  const unit = value < 10 ? 1 : 10 ** Math.floor(Math.log10(value));
  return Math.ceil(value / unit - 1e-9) * unit;
}
