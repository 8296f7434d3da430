import type { Taken } from './bucket.js';

/** What clients have left of their allowances. */
export abstract class Buckets {
  /** Takes so many of a client's requests per minute, all or none. */
  abstract take(client: string, perMinute: number, count: number): Promise<Taken>;

  /** What would come of one request, as far as this process knows: takes nothing and asks nobody. */
  abstract lookAt(client: string, perMinute: number): Taken;
}
