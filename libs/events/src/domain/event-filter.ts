import type { AddressRange } from '#libs/geolocation';
import type { LocationStatus } from './event.js';

/** Degrees, WGS 84; edges included. Where west is greater than east, the box crosses the antimeridian. */
export interface BoundingBox {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** What events are narrowed to. All conditions together; several values of one mean any of them. */
export interface EventFilter {
  readonly locationStatus?: readonly LocationStatus[];
  readonly countryCode?: readonly string[];
  readonly city?: readonly string[];
  readonly name?: string;
  readonly namePrefix?: string;
  readonly statusCode?: readonly number[];
  readonly sourceIp?: readonly AddressRange[];
  /** Inclusive. */
  readonly receivedFromMs?: number;
  /** Exclusive. */
  readonly receivedToMs?: number;
  readonly bbox?: BoundingBox;
}

/** By time of receipt: `desc` is newest first. */
export type EventOrder = 'asc' | 'desc';
