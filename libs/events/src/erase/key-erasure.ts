import { Injectable } from '@nestjs/common';
import { AddressRetention, LocationCache, LookupQueue } from '#libs/geolocation';
import { isDoneWithin } from '#libs/platform';
import { NeededKeys } from '../persistence/needed-keys.js';
import { ReplacementRepository } from '../persistence/replacement.repository.js';

/** Whoever erases events must not wait for a Redis that hangs. */
const LONGEST_DROPPING_MS = 1_000;

/**
 * Forgets what is known of lookup keys beside the events: the location, a lookup that waits in the queue, and what was to replace
 * locations.
 */
@Injectable()
export class KeyErasure {
  constructor(
    private readonly addresses: AddressRetention,
    private readonly needed: NeededKeys,
    private readonly replacements: ReplacementRepository,
    private readonly queue: LookupQueue,
    private readonly cache: LocationCache,
  ) {}

  /**
   * Where no event has the key any more: a location of an IPv6 network is that of others too.
   * @param butOf task ids of events that do not count, as they are about to be erased
   */
  async forgetUnneeded(keys: readonly string[], butOf: readonly string[] = []): Promise<void> {
    if (keys.length === 0) return;
    const needed = await this.needed.among(keys, butOf);
    const unneeded = keys.filter((key) => !needed.has(key));
    if (unneeded.length === 0) return;
    await this.replacements.removeOf(unneeded);
    await this.cache.erase(unneeded);
    // What stays in the queue, as Redis hangs or is away, is looked up in its turn, and forgotten with its outcome.
    await isDoneWithin(this.queue.drop(unneeded), LONGEST_DROPPING_MS);
  }

  /**
   * The same for a key of which a lookup has ended that no event waited for: it was under way when they were erased. Where
   * addresses are not kept no event has a key once it is located, and locations are nobody's.
   */
  async forgetIfErased(key: string): Promise<void> {
    if (this.addresses.keepsAll) await this.forgetUnneeded([key]);
  }
}
