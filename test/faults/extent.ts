/**
 * How much is tried: a short form in `npm test`, and at length in `npm run test:faults`, or as told by `FAULT_ROUNDS`. The
 * random choices follow from `FAULT_SEED`; it is printed with each fault, so that a failure can be repeated.
 */
const TOLD_ROUNDS = process.env['FAULT_ROUNDS'];
export const IS_AT_LENGTH = process.env['FAULTS_AT_LENGTH'] === '1';

export const SEED = wholeNumber('FAULT_SEED', Math.floor(Math.random() * 1_000_000));

/** How often a fault strikes. */
export function roundsOf(atLength: number): number {
  if (TOLD_ROUNDS !== undefined) return wholeNumber('FAULT_ROUNDS', 1);
  return IS_AT_LENGTH ? atLength : 1;
}

/** Those that are tried: in the short form without what is long, or much like another. */
export function triedOf<T extends { readonly isOnlyAtLength?: boolean }>(all: readonly T[]): readonly T[] {
  return all.filter(({ isOnlyAtLength = false }) => IS_AT_LENGTH || !isOnlyAtLength);
}

/** How many of something there are: few in the short form, and more at length. */
export function timesOf(few: number, atLength: number): number {
  return IS_AT_LENGTH ? atLength : few;
}

/** What a test may take, for so many rounds at length of so many seconds, beside recovering and locating. */
export function timeoutMs(roundsAtLength: number, secondsARound: number): number {
  return 150_000 + roundsOf(roundsAtLength) * secondsARound * 1_000;
}

function wholeNumber(name: string, otherwise: number): number {
  const told = process.env[name];
  if (told === undefined) return otherwise;
  const value = Number(told);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name}: expected a whole number, found "${told}"`);
  return value;
}
