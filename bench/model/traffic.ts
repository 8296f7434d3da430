import { zipfDraw } from '../measure/zipf.js';
import type { Arrival } from './budget-simulation.js';

/** Events as life brings them: most from addresses that come again and again, some from ones that come once. */
export interface Traffic {
  readonly eventsPerSecond: number;
  /** How many addresses come again and again; the k-th most frequent has a share proportional to k^-exponent. */
  readonly addresses: number;
  readonly exponent: number;
  /** Of the events of a second, those from an address of their own. */
  readonly newPerSecond: number;
}

/**
 * The addresses of the events, one after the other and without an end: numbers from 0 for those that come again, by how frequent
 * they are, and after these a number for each that comes once.
 */
export function* addressesOf(traffic: Traffic, random: () => number): Generator<number> {
  const { addresses, exponent, newPerSecond, eventsPerSecond } = traffic;
  const draw = zipfDraw(addresses, exponent, random);
  const newShare = newPerSecond / eventsPerSecond;
  for (let next = addresses; ;) yield random() < newShare ? next++ : draw();
}

/** Events at even distances. */
export function* evenly(keys: Iterable<number>, perSecond: number): Generator<Arrival> {
  let count = 0;
  for (const key of keys) yield { atMs: (count++ * 1_000) / perSecond, key };
}

/** Events that know nothing of each other: a Poisson process. */
export function* atRandom(keys: Iterable<number>, perSecond: number, random: () => number): Generator<Arrival> {
  let atMs = 0;
  for (const key of keys) yield { atMs: (atMs += (-Math.log(1 - random()) * 1_000) / perSecond), key };
}
