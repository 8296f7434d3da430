/** Old points are still there to be seen. */
const FAINTEST = 0.32;
/** How long what has just been located is pointed at. */
export const PULSE_MS = 2_400;

/** How strongly a point is drawn, from 1 to FAINTEST: within the time that the page shows, the newest most. */
export function fadeOf(ageMs: number, spanMs: number): number {
  const share = Math.min(Math.max(ageMs / spanMs, 0), 1);
  return FAINTEST + (1 - FAINTEST) * (1 - share) ** 2;
}
