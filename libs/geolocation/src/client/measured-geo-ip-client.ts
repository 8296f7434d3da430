import { type AskForRight, type GeoIpAnswer, GeoIpClient, type RequestRight } from './geo-ip-client.js';
import type { LookupMetrics, LookupResult } from './lookup-metrics.js';

/** Another client, whose lookups are counted and whose requests are timed. */
export class MeasuredGeoIpClient extends GeoIpClient {
  constructor(
    private readonly client: GeoIpClient,
    private readonly metrics: LookupMetrics,
  ) {
    super();
  }

  override async lookup(address: string, signal: AbortSignal, askForRight: AskForRight): Promise<GeoIpAnswer> {
    const departure: { atMs?: number } = {};
    const departed = (right: RequestRight) => {
      departure.atMs ??= performance.now();
      right.departed();
    };
    const askAndWatch: AskForRight = async (prepare) => {
      const right = await askForRight(prepare);
      return right === null ? null : { hasLapsed: () => right.hasLapsed(), departed: () => departed(right) };
    };
    try {
      const answer = await this.client.lookup(address, signal, askAndWatch);
      this.metrics.ended(resultOf(answer));
      return answer;
    } catch (error) {
      // Else it was given up before anything left, and comes again or is not needed any more.
      if (departure.atMs !== undefined) this.metrics.ended('aborted');
      throw error;
    } finally {
      if (departure.atMs !== undefined) this.metrics.took(performance.now() - departure.atMs);
    }
  }

  override close(): Promise<void> {
    return this.client.close();
  }
}

/** What came of a lookup, in a word. */
export function resultOf(answer: GeoIpAnswer): LookupResult {
  if (answer.kind === 'transient') return answer.code;
  return answer.kind === 'place' ? 'located' : answer.kind;
}
