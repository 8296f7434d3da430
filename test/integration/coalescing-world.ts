import type { DataSource } from 'typeorm';
import {
  EventEntity,
  EventRepository,
  EventWriter,
  LookupRequests,
  Reconciler,
  ReplacementEntity,
  ReplacementRepository,
  SubmissionMetrics,
  SubmitEventsService,
} from '#libs/events';
import {
  FallbackPlaces,
  type GeoIpAnswer,
  GeoIpClient,
  LocationCache,
  LocationEntity,
  LookupOutcomes,
  type LookupQueue,
  LookupWaits,
  parseIpAddress,
  RequestGate,
  type BreakerPass,
  type Decision,
  type GateAccess,
  type GateState,
} from '#libs/geolocation';
import { loadSettings, Metrics, SystemClock } from '#libs/platform';
import type { StoredEvent } from '../../libs/events/src/domain/event.js';
import { eventSourceOf } from '../../libs/events/src/domain/event-source.js';
import { FallbackLocator } from '../../libs/events/src/locate/fallback-locator.js';
import { KeyErasure } from '../../libs/events/src/erase/key-erasure.js';
import { NeededKeys } from '../../libs/events/src/persistence/needed-keys.js';
import { OutcomeWriter } from '../../libs/events/src/locate/outcome-writer.js';
import { Replacements } from '../../libs/events/src/locate/replacements.js';
import { lookupQueueOptions } from '../../libs/geolocation/src/lookup/lookup-queue-options.js';
import { InProcessLookupQueue } from '../../libs/geolocation/src/lookup/in-process-lookup-queue.js';
import { LookupProcessor } from '../../libs/geolocation/src/lookup/lookup-processor.js';
import { type Chooser, Turnstile } from './turnstile.js';
import { addressRetention } from '../support/address-retention.js';
import { eventRepositoryOn } from '../support/event-repository.js';

const CLOCK = new SystemClock();
const METRICS = new SubmissionMetrics(new Metrics(CLOCK));
const SETTINGS = loadSettings({});

const LONDON: GeoIpAnswer = {
  kind: 'place',
  place: {
    countryCode: 'GB',
    country: 'United Kingdom',
    region: 'England',
    city: 'London',
    latitude: 51.5142,
    longitude: -0.0931,
    timezone: 'Europe/London',
  },
};

/** What a variation replaces, to show that the order in the service matters. */
export interface Variation {
  readonly answer?: GeoIpAnswer;
  readonly Requests?: typeof LookupRequests;
  /** The outcome is written to the waiting events first and to the cache second. */
  readonly eventsBeforeCache?: boolean;
}

/** Gives every permit at once: the budget is not what these tests are about. */
class OpenGate extends RequestGate {
  override async slowDown(): Promise<void> {}
  override async state(): Promise<GateState> {
    return { breaker: 'closed', answers: 0, pace: 5, pausedForMs: 0, usedShare: 0 };
  }
  protected override async access(): Promise<GateAccess> {
    return { closedForMs: 0, isProbe: false };
  }
  protected override async enter(): Promise<BreakerPass | null> {
    return { isProbe: false, era: 0 };
  }
  protected override async decide(): Promise<Decision> {
    return { kind: 'go' };
  }
  protected override async noteDeparture(): Promise<void> {}
  protected override async end(): Promise<null> {
    return null;
  }
}

class FakeGeoIpClient extends GeoIpClient {
  calls = 0;

  constructor(
    private readonly turnstile: Turnstile,
    private readonly answer: GeoIpAnswer,
  ) {
    super();
  }

  override async lookup(): Promise<GeoIpAnswer> {
    this.calls++;
    await this.turnstile.pass('job', 'the API answers');
    return this.answer;
  }

  override async close(): Promise<void> {}
}

/** One process with a real database, cache, queue and processor, whose steps a schedule drives. */
export class CoalescingWorld {
  readonly turnstile = new Turnstile();
  readonly client: FakeGeoIpClient;
  private readonly events: EventRepository;
  private readonly replacements: ReplacementRepository;
  /** Lookups that were paid for and whose answers ended with their process. */
  paidInVain = 0;
  private cache: LocationCache;
  private queue: LookupQueue;
  private readonly taskIds: string[] = [];
  private jobsUnderWay = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly variation: Variation = {},
  ) {
    this.events = eventRepositoryOn(dataSource);
    this.replacements = new ReplacementRepository(dataSource.getRepository(ReplacementEntity));
    this.client = new FakeGeoIpClient(this.turnstile, variation.answer ?? LONDON);
    [this.cache, this.queue] = this.startProcess();
  }

  /** What a process has of its own: nothing in memory, nothing in its queue. */
  private startProcess(): [LocationCache, LookupQueue] {
    this.cache = new LocationCache(this.dataSource.getRepository(LocationEntity), CLOCK, SETTINGS, addressRetention());
    this.queue = new InProcessLookupQueue(CLOCK, { ...lookupQueueOptions(SETTINGS), concurrency: 25 });
    this.jobsUnderWay = 0;
    const processor = this.processor();
    this.queue.work(
      (job, run) => {
        this.jobsUnderWay++;
        const work = processor.process(job, run).then(async (verdict) => {
          // On Redis the job is there a little longer than its handler works; a request in that time is ignored.
          await this.turnstile.pass('job', 'end');
          return verdict;
        });
        return this.turnstile.watch(work).finally(() => this.jobsUnderWay--);
      },
      async () => 'any',
    );
    return [this.cache, this.queue];
  }

  /**
   * An actor that, when its turn comes, ends the process where it is and starts another: its queue and memory are lost, its
   * reconciler looks for what waits, and an event comes in meanwhile.
   */
  restart(address: string): void {
    const work = this.turnstile.pass('operator', 'restart').then(() => {
      const lost = this.turnstile.abandon();
      this.paidInVain += lost.filter((step) => /^job: (the API answers|store)$/.test(step)).length;
      this.startProcess();
      void this.turnstile.watch(this.reconcileOnce('reconciler'));
      this.submit('late', address);
    });
    void this.turnstile.watch(work);
  }

  /** Submits an event that stops before each of its steps, as the named actor. */
  submit(actor: string, address: string): void {
    const { turnstile } = this;
    const Requests = this.variation.Requests ?? LookupRequests;
    const requests = new Requests(
      turnstile.gate(this.cache, actor, { findMany: 'second look' }),
      turnstile.gate(this.queue, actor, { request: 'request' }),
      turnstile.gate(this.events, actor, { settleWaiting: 'settle' }),
    );
    const service = new SubmitEventsService(
      new EventWriter(
        turnstile.gate(this.events, actor, { insert: 'insert' }),
        turnstile.gate(this.cache, actor, { findUnlessJustMissed: 'first look' }),
        requests,
        CLOCK,
        METRICS,
      ),
      METRICS,
    );
    void turnstile.watch(this.submitTo(service, requests, address));
  }

  /** Submits an event and does all that follows up to its request, without a stop. */
  async submitAtOnce(address: string): Promise<void> {
    const requests = new LookupRequests(this.cache, this.queue, this.events);
    const writer = new EventWriter(this.events, this.cache, requests, CLOCK, METRICS);
    await this.submitTo(new SubmitEventsService(writer, METRICS), requests, address);
  }

  /** Lets everything run to its end, in the order chosen. */
  async run(choose: Chooser): Promise<void> {
    await this.turnstile.run(choose, async () => {
      const { waiting, active } = await this.queue.counts();
      return waiting === 0 && active === this.jobsUnderWay;
    });
  }

  /** The submitted events as they are in the database. */
  async submitted(): Promise<StoredEvent[]> {
    const found = await Promise.all(this.taskIds.map((taskId) => this.events.find(taskId)));
    return found.filter((event) => event !== null);
  }

  async pending(): Promise<StoredEvent[]> {
    return (await this.submitted()).filter(({ location }) => location.status === 'pending');
  }

  private async reconcileOnce(actor: string): Promise<void> {
    const { turnstile, replacements } = this;
    const events = turnstile.gate(this.events, actor, { waitingKeysAfter: 'look', settleWaiting: 'settle' });
    const queue = turnstile.gate(this.queue, actor, { restore: 'restore' });
    const requests = new LookupRequests(turnstile.gate(this.cache, actor, { findMany: 'second look' }), queue, events);
    const places = new FallbackPlaces(SETTINGS, new LookupWaits(queue, new OpenGate(CLOCK)));
    const noFallback = new FallbackLocator(places, events, replacements, CLOCK);
    await new Reconciler(SETTINGS, CLOCK, events, replacements, requests, noFallback).reconcile();
  }

  private async submitTo(service: SubmitEventsService, requests: LookupRequests, address: string): Promise<void> {
    const source = parseIpAddress(address);
    if (source === null) throw new Error(`no address: ${address}`);
    const submission = { name: 'EC2 Instance Offline', statusCode: 2, occurredAtMs: null, attributes: {} };
    this.taskIds.push(await service.submit(submission, eventSourceOf(source)));
    await requests.settled();
  }

  private processor(): LookupProcessor {
    const { turnstile, cache, events } = this;
    const outcomes = new LookupOutcomes();
    let store = async (): Promise<void> => {};
    const settling = turnstile.gate(events, 'job', { settleWaiting: 'settle' });
    const needed = new NeededKeys(this.dataSource.getRepository(EventEntity));
    const keys = new KeyErasure(addressRetention(), needed, this.replacements, this.queue, cache);
    const replacing = new Replacements(this.replacements, events, needed, addressRetention());
    new OutcomeWriter(outcomes, settling, replacing, keys).onModuleInit();
    outcomes.subscribe(() => store());
    const gated = turnstile.gate(cache, 'job', { find: 'find', store: 'store' });
    const late = new Proxy(gated, {
      get: (object, name) => {
        if (name !== 'store') return Reflect.get(object, name) as unknown;
        return async (...outcome: Parameters<LocationCache['store']>) => {
          store = () => object.store(...outcome);
        };
      },
    });
    return new LookupProcessor(
      this.variation.eventsBeforeCache === true ? late : gated,
      outcomes,
      new OpenGate(CLOCK),
      turnstile.gate<GeoIpClient>(this.client, 'job', { lookup: 'ask the API' }),
      CLOCK,
    );
  }
}
