import type { DataSource } from 'typeorm';
import { EventEntity, EventRepository, LookupRequests, Reconciler, SubmitEventsService } from '#libs/events';
import {
  type GeoIpAnswer,
  GeoIpClient,
  LocationCache,
  LocationEntity,
  LookupOutcomes,
  type LookupQueue,
  parseIpAddress,
  RequestBudget,
} from '#libs/geolocation';
import { loadSettings, SystemClock } from '#libs/platform';
import type { StoredEvent } from '../../libs/events/src/domain/event.js';
import { OutcomeWriter } from '../../libs/events/src/locate/outcome-writer.js';
import { BreakerGate } from '../../libs/geolocation/src/client/breaker-gate.js';
import { CircuitBreaker } from '../../libs/geolocation/src/client/circuit-breaker.js';
import { InProcessLookupQueue } from '../../libs/geolocation/src/lookup/in-process-lookup-queue.js';
import { LookupProcessor } from '../../libs/geolocation/src/lookup/lookup-processor.js';
import { type Chooser, Turnstile } from './turnstile.js';

const CLOCK = new SystemClock();
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
class UnlimitedBudget extends RequestBudget {
  override async acquire(_signal: AbortSignal, prepare?: () => Promise<boolean>): Promise<boolean> {
    return prepare === undefined || prepare();
  }
  override async pauseFor(): Promise<void> {}
  protected override async takePermit(): Promise<void> {}
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
  private readonly cache: LocationCache;
  private readonly queue: LookupQueue = new InProcessLookupQueue(25);
  private readonly taskIds: string[] = [];
  private jobsUnderWay = 0;

  constructor(
    dataSource: DataSource,
    private readonly variation: Variation = {},
  ) {
    this.events = new EventRepository(dataSource.getRepository(EventEntity));
    this.cache = new LocationCache(dataSource.getRepository(LocationEntity), CLOCK, SETTINGS);
    this.client = new FakeGeoIpClient(this.turnstile, variation.answer ?? LONDON);
    const processor = this.processor();
    this.queue.work((job, signal) => {
      this.jobsUnderWay++;
      const work = processor.process(job, signal).then(async (verdict) => {
        // On Redis the job is there a little longer than its handler works; a request in that time is ignored.
        await this.turnstile.pass('job', 'end');
        return verdict;
      });
      return this.turnstile.watch(work).finally(() => this.jobsUnderWay--);
    });
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
      turnstile.gate(this.events, actor, { insert: 'insert' }),
      turnstile.gate(this.cache, actor, { findMany: 'first look' }),
      requests,
      CLOCK,
    );
    void turnstile.watch(this.submitTo(service, requests, address));
  }

  /** Submits an event and does all that follows up to its request, without a stop. */
  async submitAtOnce(address: string): Promise<void> {
    const requests = new LookupRequests(this.cache, this.queue, this.events);
    await this.submitTo(new SubmitEventsService(this.events, this.cache, requests, CLOCK), requests, address);
  }

  /** Lets everything run to its end, in the order chosen. */
  async run(choose: Chooser): Promise<void> {
    await this.turnstile.run(choose, async () => {
      const { waiting, active } = await this.queue.counts();
      return waiting === 0 && active === this.jobsUnderWay;
    });
  }

  /** One round of the reconciler, and what comes of it. */
  async reconcile(): Promise<void> {
    const requests = new LookupRequests(this.cache, this.queue, this.events);
    await new Reconciler(SETTINGS, this.events, requests).reconcile();
    await this.run(() => [0]);
  }

  /** The submitted events as they are in the database. */
  async submitted(): Promise<StoredEvent[]> {
    const found = await Promise.all(this.taskIds.map((taskId) => this.events.find(taskId)));
    return found.filter((event) => event !== null);
  }

  async pending(): Promise<StoredEvent[]> {
    return (await this.submitted()).filter(({ location }) => location.status === 'pending');
  }

  private async submitTo(service: SubmitEventsService, requests: LookupRequests, address: string): Promise<void> {
    const source = parseIpAddress(address);
    if (source === null) throw new Error(`no address: ${address}`);
    const submission = { name: 'EC2 Instance Offline', statusCode: 2, occurredAtMs: null, attributes: {} };
    this.taskIds.push(await service.submit(submission, source));
    await requests.settled();
  }

  private processor(): LookupProcessor {
    const { turnstile, cache, events } = this;
    const outcomes = new LookupOutcomes();
    let store = async (): Promise<void> => {};
    new OutcomeWriter(outcomes, turnstile.gate(events, 'job', { settleWaiting: 'settle' })).onModuleInit();
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
    const breaker = new CircuitBreaker(CLOCK, {
      windowCalls: 20,
      windowMs: 120_000,
      minimumCalls: 20,
      failureShare: 0.8,
      firstPauseMs: 1_000,
      longestPauseMs: 15_000,
    });
    return new LookupProcessor(
      this.variation.eventsBeforeCache === true ? late : gated,
      outcomes,
      new BreakerGate(breaker),
      new UnlimitedBudget(),
      turnstile.gate<GeoIpClient>(this.client, 'job', { lookup: 'ask the API' }),
      CLOCK,
    );
  }
}
