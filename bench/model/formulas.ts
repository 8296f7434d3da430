import type { Traffic } from './traffic.js';

/** Lookups per second that are possible, where so many leave in a window. */
export function lookupsPerSecond(permits: number, windowMs: number): number {
  return (permits * 1_000) / windowMs;
}

/** Events per second of each address that comes again and again. */
export function ratesOf({ eventsPerSecond, newPerSecond, addresses, exponent }: Traffic): Float64Array {
  const rates = new Float64Array(addresses).map((_, index) => (index + 1) ** -exponent);
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  return rates.map((rate) => (rate / total) * (eventsPerSecond - newPerSecond));
}

/**
 * Lookups per second that addresses with these rates ask for once all have been known: after a lookup an address is known for
 * `knownSeconds`, and asks again with its next event.
 */
export function repeatedLookupsPerSecond(rates: Float64Array, knownSeconds: number): number {
  return rates.reduce((sum, rate) => sum + rate / (1 + rate * knownSeconds), 0);
}

/** The share of these addresses' events whose location is known when they come, where lookups take no time. */
export function knownShare(rates: Float64Array, knownSeconds: number): number {
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  return rates.reduce((sum, rate) => sum + rate * (1 - 1 / (1 + rate * knownSeconds)), 0) / total;
}

/**
 * How long an address waits where the budget is less than what they ask for. The wait makes them ask less often, so that it does
 * not grow for ever: the seconds for which one lookup in each (known + wait + until the next event) is just the budget. 0 where the
 * budget is enough.
 */
export function balancedWaitSeconds(rates: Float64Array, knownSeconds: number, budgetPerSecond: number): number {
  const asked = (waitSeconds: number) => repeatedLookupsPerSecond(rates, knownSeconds + waitSeconds);
  if (asked(0) <= budgetPerSecond) return 0;
  let [low, high] = [0, rates.length / budgetPerSecond];
  while (high - low > 1e-3 * high) {
    const middle = (low + high) / 2;
    if (asked(middle) > budgetPerSecond) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The mean wait for a permit in seconds, where new addresses come at random and within the budget: that of the queue M/D/c, since
 * a permit is one of c servers that is busy for a window. Cosmetatos' approximation, exact for c = 1 (Pollaczek, Khinchine).
 */
export function permitWaitSeconds(newPerSecond: number, permits: number, windowMs: number): number {
  const offered = (newPerSecond * windowMs) / 1_000;
  const used = offered / permits;
  if (used >= 1) return Infinity;
  const correction = ((1 - used) * (permits - 1) * (Math.sqrt(4 + 5 * permits) - 2)) / (16 * used * permits);
  const exponentialWait = (erlangC(permits, offered) * (windowMs / 1_000)) / (permits - offered);
  return (1 + correction) * (exponentialWait / 2);
}

/** The probability of having to wait in M/M/c. */
function erlangC(servers: number, offered: number): number {
  let blocking = 1;
  for (let server = 1; server <= servers; server++) blocking = (offered * blocking) / (server + offered * blocking);
  return blocking / (1 - (offered / servers) * (1 - blocking));
}

/** What becomes of new addresses that come once, at a constant rate, when so many seconds have passed. */
export interface NewAddresses {
  readonly locatedShare: number;
  readonly waiting: number;
  /** How long the one that is looked up now has waited. */
  readonly waitSeconds: number;
}

/** First come, first served, as it is for addresses with one event each. Within the budget nothing but the lookup itself is waited for. */
export function newAddressesAfter(seconds: number, newPerSecond: number, budgetPerSecond: number): NewAddresses {
  const locatedShare = Math.min(1, budgetPerSecond / newPerSecond);
  const waiting = Math.max(0, newPerSecond - budgetPerSecond) * seconds;
  return { locatedShare, waiting, waitSeconds: seconds * (1 - locatedShare) };
}
