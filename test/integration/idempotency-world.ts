import type { DataSource } from 'typeorm';
import { listEvents } from '../contract/listed-events.js';
import {
  EventRepository,
  EventWriter,
  IdempotentSubmissions,
  type LookupRequests,
  ReservationEntity,
  ReservationRepository,
  SubmissionMetrics,
  SubmitEventsService,
} from '#libs/events';
import { type IpAddress, type LocationCache, parseIpAddress } from '#libs/geolocation';
import { ANONYMOUS, Metrics } from '#libs/platform';
import type { StoredEvent } from '../../libs/events/src/domain/event.js';
import { eventSourceOf } from '../../libs/events/src/domain/event-source.js';
import { CommitTimeoutError } from '../../libs/events/src/submit/group-commit.js';
import { Reservations } from '../../libs/events/src/submit/idempotency/reservations.js';
import { ManualClock } from '../../libs/platform/src/testing/manual-clock.js';
import { strictDouble } from '../../libs/platform/src/testing/strict-double.js';
import { type Chooser, Turnstile } from './turnstile.js';
import { eventRepositoryOn } from '../support/event-repository.js';

/** A private address: no lookup has to be asked for. */
const SOURCE = eventSourceOf(parseIpAddress('10.0.0.1') as IpAddress);

/**
 * What befalls a process. `fails`: its INSERT is refused. `hangs`: nothing is known of its INSERT, and nothing stored.
 * `hangs, stores`: stored all the same. `dies after`: it stores, and can say nothing of it any more.
 */
export const FATES = ['lives', 'fails', 'hangs', 'hangs, stores', 'dies after'] as const;
export type Fate = (typeof FATES)[number];

/** What a client was told: its id, or the code of the refusal. */
export interface Told {
  readonly actor: string;
  readonly body: string;
  readonly taskId: string | null;
  readonly code: string | null;
  readonly isReplay: boolean;
}

let worlds = 0;

/** One key, and processes that submit with it, on a real database; a schedule drives their statements. */
export class IdempotencyWorld {
  readonly turnstile = new Turnstile();
  readonly clock: ManualClock;
  readonly told: Told[] = [];
  private readonly name = `world ${++worlds}`;
  private readonly events: EventRepository;

  constructor(
    private readonly dataSource: DataSource,
    /** What the schedule would do without it, to show that it matters. */
    readonly reservations = new ReservationRepository(dataSource.getRepository(ReservationEntity)),
  ) {
    this.events = eventRepositoryOn(dataSource);
    this.clock = new ManualClock();
  }

  /** Submits the body from a process of its own, which stops before each statement. */
  submit(actor: string, body: string, fate: Fate = 'lives'): void {
    void this.turnstile.watch(this.submitFrom(actor, body, fate));
  }

  /** Submits and lets it run to its end. */
  async submitAtOnce(body: string, fate: Fate = 'lives'): Promise<Told> {
    this.submit('later', body, fate);
    await this.run(() => [0]);
    return this.told.at(-1) as Told;
  }

  async run(choose: Chooser): Promise<void> {
    await this.turnstile.run(choose, () => true);
  }

  /** The events of the key, whichever body they have. */
  async stored(): Promise<StoredEvent[]> {
    const bodies = [...new Set(this.told.map(({ body }) => body))];
    return (
      await Promise.all(bodies.map((body) => listEvents(this.dataSource, { name: this.nameOf(body) }, 10)))
    ).flat();
  }

  /** Those who were told that their event is stored. */
  accepted(): Told[] {
    return this.told.filter(({ taskId }) => taskId !== null);
  }

  private nameOf(body: string): string {
    return `${this.name}, ${body}`;
  }

  private async submitFrom(actor: string, body: string, fate: Fate): Promise<void> {
    const rows = this.turnstile.gate(this.reservationsOf(fate), actor, {
      insertIfAbsent: 'reserve',
      find: 'find',
      share: 'share',
      replace: 'begin',
      release: 'release',
      complete: 'complete',
    });
    const steps = { insertIfAbsent: 'store', existing: 'look' } as const;
    const events = this.turnstile.gate(this.eventsOf(fate), actor, steps);
    const lookups = strictDouble<LookupRequests>('LookupRequests', { announce: () => {} });
    const cache = strictDouble<LocationCache>('LocationCache', {});
    const metrics = new SubmissionMetrics(new Metrics(this.clock));
    const service = new SubmitEventsService(new EventWriter(events, cache, lookups, this.clock, metrics), metrics);
    const idempotent = new IdempotentSubmissions(new Reservations(rows, events, this.clock), rows);
    const submission = { name: this.nameOf(body), statusCode: null, occurredAtMs: null, attributes: {} };
    const keyed = {
      caller: ANONYMOUS,
      key: this.name,
      path: 'event/submit',
      body: { name: submission.name },
      events: 1,
      sinceMs: performance.now(),
    };
    const told = await idempotent
      .submit(keyed, (reserved) => service.submitReserved(submission, SOURCE, reserved))
      .then(
        ({ taskIds, isReplay }) => ({ taskId: taskIds[0] ?? null, isReplay, code: null }),
        (error: { code: string }) => ({ taskId: null, isReplay: false, code: error.code }),
      );
    this.told.push({ actor, body, ...told });
    await idempotent.flushed();
  }

  private eventsOf(fate: Fate): EventRepository {
    const insertIfAbsent = async (events: readonly StoredEvent[]) => {
      if (fate === 'fails') throw new Error('refused');
      if (fate !== 'hangs') await this.events.insertIfAbsent(events);
      if (fate.startsWith('hangs')) throw new CommitTimeoutError();
    };
    return withMethods(this.events, { insertIfAbsent });
  }

  private reservationsOf(fate: Fate): ReservationRepository {
    if (fate !== 'dies after') return this.reservations;
    return withMethods(this.reservations, { complete: async () => Promise.reject(new Error('dead')) });
  }
}

function withMethods<Target extends object>(target: Target, methods: Partial<Target>): Target {
  return new Proxy(target, {
    get: (object, name) => {
      const member: unknown = Reflect.get(name in methods ? methods : object, name);
      return typeof member === 'function' ? (member.bind(object) as unknown) : member;
    },
  });
}
