import type { Taken } from './bucket.js';

/** What clients have left of their allowances. */
export abstract class Buckets {
  /** Takes so many of a client's requests per minute, all or none. */
  abstract take(client: string, perMinute: number, count: number): Promise<Taken>;
}
