import { Injectable } from '@nestjs/common';
import { EventRepository } from '#libs/events';
import { GeolocationStatus } from '#libs/geolocation';
import { Clock, unlessAborted } from '#libs/platform';

/** A store that hangs must not make who asks hang. */
const TIMEOUT_MS = 1_500;

/** How the lookups do: of all processes together, as people are told. */
export interface LookupFigures {
  readonly breaker: 'closed' | 'open' | 'half_open';
  readonly requests_per_second: number;
  readonly pace: number;
  readonly paused_for_seconds: number;
  /** From 0 to 1. */
  readonly budget_used: number;
  readonly keys_waiting: number;
  readonly lookups_active: number;
  readonly oldest_pending_received_at: string | null;
  readonly oldest_pending_age_seconds: number | null;
}

/** Reads this service's own stores only. */
@Injectable()
export class LookupFiguresReader {
  constructor(
    private readonly geolocation: GeolocationStatus,
    private readonly events: EventRepository,
    private readonly clock: Clock,
  ) {}

  get requestsPerSecond(): number {
    return this.geolocation.requestsPerSecond;
  }

  /** The figures, or in words why they cannot be read just now. */
  async read(): Promise<LookupFigures | string> {
    const { redisFault } = this.geolocation;
    if (redisFault !== null) return `${redisFault}; the lookups’ state is there`;
    try {
      return await unlessAborted(this.figures(), AbortSignal.timeout(TIMEOUT_MS));
    } catch {
      return 'the details cannot be read just now';
    }
  }

  private async figures(): Promise<LookupFigures> {
    const { geolocation } = this;
    const reading = [geolocation.gateState(), geolocation.queueCounts(), this.events.oldestPending()] as const;
    const [gate, counts, oldest] = await Promise.all(reading);
    return {
      breaker: gate.breaker,
      requests_per_second: geolocation.requestsPerSecond,
      pace: gate.pace,
      paused_for_seconds: Math.ceil(gate.pausedForMs / 1000),
      budget_used: Math.round(gate.usedShare * 1000) / 1000,
      keys_waiting: counts.waiting,
      lookups_active: counts.active,
      oldest_pending_received_at: oldest === null ? null : new Date(oldest.receivedAtMs).toISOString(),
      oldest_pending_age_seconds:
        oldest === null ? null : Math.round((this.clock.nowMs() - oldest.receivedAtMs) / 1000),
    };
  }
}
