import { PageAddress } from '../address/page-address.js';
import { asksFor, asksTheSame, type PageState, rangeBegin } from '../address/page-state.js';
import { ApiClient } from '../api/api-client.js';
import type { ApiError } from '../api/api-error.js';
import type { StreamState } from '../api/event-stream.js';
import { titleOf } from '../filters/filter-texts.js';
import { KeyEntry } from '../key/key-entry.js';
import { KeyStore } from '../key/key-store.js';
import { Announcer } from './announcer.js';
import { byId } from './elements.js';
import { EventReadings } from './event-readings.js';
import { Failures } from './failures.js';
import { Held } from './held.js';
import type { Batch } from './inbox.js';
import { KeyGate } from './key-gate.js';
import { isCalm, listState } from './list-state.js';
import { LiveEvents } from './live-events.js';
import { PageData, spanOf } from './page-data.js';
import { OlderEvents } from './older-events.js';
import { OpenEvent } from './open-event.js';
import { paced } from './paced.js';
import { makePanels } from './panels.js';
import { RateMeter } from './rate-meter.js';
import { Repeated } from './repeated.js';
import { showCounts } from './show-counts.js';
import { Trouble } from './trouble.js';
import { Troubles } from './troubles.js';

const SECOND_MS = 1_000;
/** The range goes on also where nothing happens. */
const RECOUNT_EVERY_MS = 60_000;

/** The page as a whole: what the API tells goes to what shows it, and what people choose goes to the address. */
export class LivePage {
  private readonly address = new PageAddress();
  private readonly keys = new KeyStore();
  private readonly api = new ApiClient(() => this.keys.key);
  private readonly data = new PageData(this.api);
  private readonly panels = makePanels(this.address, this.data, {
    pause: () => this.pause(),
    resume: () => this.resume(),
    older: () => void this.older.read(),
    hasKey: () => this.keys.key !== null,
  });
  private readonly keyGate = new KeyGate(this.keys, new KeyEntry((key) => this.enter(key)));
  private readonly troubles = new Troubles(new Trouble(byId('trouble'), () => this.retryNow()), () =>
    this.announcer.say('The API answers again.'),
  );
  private readonly failures = new Failures({
    troubles: this.troubles,
    onKeyNeeded: (error) => this.askForKey(error),
    onFiltersRefused: (what, error) => this.refuseFilters(what, error),
    onLookupsUnknown: () => this.held.show('lookups', () => this.panels.strip.showUnknown()),
  });
  private readonly older = new OlderEvents({
    live: () => this.live,
    troubles: this.troubles,
    failures: this.failures,
    onList: () => this.showList(),
  });
  private readonly open = new OpenEvent(this.panels.details, this.data, (event) => this.panels.map.add([event], false));
  private readonly announcer = new Announcer(byId('said'));
  private readonly events = new EventReadings(this.data, {
    repeated: (what, everyMs, work) => this.repeated(what, everyMs, work),
    live: () => this.live,
    pendingInView: () => this.panels.events.pendingInView,
    onNewest: () => this.showLoaded(),
    onPoints: (located) => this.panels.map.fill(located),
  });
  private readonly counts = this.repeated('counts', 5_000, () => this.readCounts());
  private readonly lookups = this.repeated('lookups', 3_000, () => this.readLookups());
  private readonly showSoon = paced(100, () => this.showList());
  private readonly showSlowly = paced(SECOND_MS, () => this.showList());
  private readonly held = new Held();
  private rate = new RateMeter();
  private isLive = false;
  private isLoading = true;
  private refusal = '';
  private isToBeTold = false;
  private live: LiveEvents;

  constructor() {
    this.live = this.begin(this.address.state);
    this.address.onChange((state, before) => this.change(state, before));
    this.panels.map.select(this.address.state.event);
    this.open.open(this.address.state.event, [], false);
    this.lookups.ask();
    this.showList();
    this.showKey();
    byId('forget-key').addEventListener('click', () => this.forgetKey());
    addEventListener('online', () => this.retryNow());
    setInterval(() => this.everySecond(), SECOND_MS);
    setInterval(() => this.counts.ask(), RECOUNT_EVERY_MS);
  }

  private begin(state: PageState): LiveEvents {
    const { panels } = this;
    this.isLoading = true;
    this.refusal = '';
    this.rate = new RateMeter();
    this.held.beginAnew();
    panels.filters.show(state);
    document.title = titleOf(state.filters);
    panels.map.clear();
    panels.map.spanMs = spanOf(state, Date.now());
    panels.map.forgetBefore(rangeBegin(state, Date.now()));
    const live = new LiveEvents(state, this.api, this.data, {
      onState: (streamState) => this.follow(streamState),
      onBatch: (batch) => this.take(batch),
      onList: () => this.listChanged(),
      onReady: () => {
        this.events.beginAnew();
        this.counts.askNow();
      },
    });
    live.start();
    return live;
  }

  private change(state: PageState, before: PageState): void {
    if (!asksTheSame(state, before)) return this.beginAnew();
    this.showOpen();
    this.showSoon();
  }

  /** What was asked for before, with another state or key, is shown no more. */
  private beginAnew(): void {
    this.standStill();
    this.older.leave();
    this.live = this.begin(this.address.state);
    this.isToBeTold = true;
    this.showOpen();
    this.open.tellAgain();
    this.showList();
  }

  private showOpen(): void {
    const { event } = this.address.state;
    this.panels.map.select(event);
    this.open.open(event, this.live.list.events, true);
  }

  private showLoaded(): void {
    this.isLoading = false;
    this.showSoon();
  }

  private async readCounts(): Promise<void> {
    const { panels, live } = this;
    const { state } = live;
    const counts = await this.data.counts(state);
    // Those of what has begun since are asked for by that.
    if (live !== this.live) return;
    this.held.show('counts', () => this.tellTotal(showCounts(panels, state, counts)));
  }

  private tellTotal(total: string): void {
    if (this.isToBeTold) this.announcer.say(total);
    this.isToBeTold = false;
  }

  private async readLookups(): Promise<void> {
    const lookups = await this.data.lookups();
    this.held.show('lookups', () => this.panels.strip.show(lookups));
    this.lookups.ask();
  }

  private follow(state: StreamState): void {
    if (state.kind === 'connecting') return;
    this.isLive = state.kind === 'live';
    if (state.kind === 'waiting' && state.error !== null) this.failures.hear('stream', state.error, state.untilMs);
    if (state.kind !== 'live') return;
    this.troubles.end('stream');
    this.retryReading();
  }

  private take({ events, skippedPlaced, accepted, located }: Batch): void {
    this.rate.count(accepted, Date.now());
    this.announcer.count(accepted, located);
    this.addPoints([...skippedPlaced, ...events]);
    this.panels.submit.take(events);
    this.open.take(events);
    this.counts.ask();
  }

  private addPoints(events: Batch['events']): void {
    if (!asksFor(this.address.state, 'located')) return;
    const located = events.filter(({ location_status: status }) => status === 'located');
    this.panels.map.add(located, true);
  }

  private listChanged(): void {
    if (isCalm(this.rate.perSecond(Date.now()))) this.showSlowly();
    else this.showSoon();
  }

  private showList(): void {
    const { panels, isLoading, refusal } = this;
    const { list } = this.live;
    panels.map.isPaused = panels.times.isPaused = this.held.isPaused = list.isPaused;
    const rate = this.rate.perSecond(Date.now());
    panels.events.show(listState(list, { openTaskId: this.address.state.event, rate, isLoading, refusal }));
  }

  private everySecond(): void {
    this.showRate();
    this.panels.map.forgetBefore(rangeBegin(this.address.state, Date.now()));
    this.live.list.goOn(Date.now());
    this.listChanged();
    this.events.goOn();
    this.held.show('details', () => this.open.goOn());
  }

  private showRate(): void {
    const rate = this.rate.perSecond(Date.now());
    if (this.isLive) this.held.show('rate', () => this.panels.strip.showRate(rate, 'as they come'));
    else this.panels.strip.showRate(null, this.live.hasStopped ? 'nothing new comes' : 'connecting…');
  }

  private pause(): void {
    this.live.list.pause(Date.now());
    this.showList();
  }

  private resume(): void {
    this.older.leave();
    this.live.list.resume();
    this.showList();
  }

  private retryNow(): void {
    this.live.retryNow();
    this.retryReading();
  }

  /** The API may be back. */
  private retryReading(): void {
    for (const each of [...this.events.all, this.counts, this.lookups]) if (each.isFailing) each.askNow();
    for (const each of [this.open, this.panels.submit]) each.retryNow();
    this.older.retry();
  }

  private enter(key: string): void {
    this.keyGate.enter(key);
    this.showKey();
    this.beginAnew();
    this.lookups.askNow();
    for (const each of [this.open, this.panels.submit]) each.retryNow();
  }

  private forgetKey(): void {
    this.keys.forget();
    // Nothing of what it has shown is left.
    location.reload();
  }

  private showKey(): void {
    byId('forget-key').hidden = this.keys.key === null;
    this.panels.submit.showCurl();
  }

  private repeated(what: string, everyMs: number, work: () => Promise<void>): Repeated {
    return new Repeated({
      everyMs,
      work: async () => {
        await work();
        this.troubles.end(what);
      },
      onFailure: (error, untilMs) => this.failures.hear(what, error, untilMs),
    });
  }

  private refuseFilters(what: string, error: ApiError): void {
    // The list is asked for with every filter, so that it tells of all that are wrong; others leave some out.
    if (this.isLoading && what !== 'list') return;
    this.standStill();
    this.tellRefusal('These filters cannot be used: what is wrong is told above.');
    this.panels.filters.showFaults(error.faults);
    this.panels.filters.showTotal('These filters cannot be used');
  }

  private askForKey(error: ApiError): void {
    this.standStill();
    this.lookups.stop();
    this.tellRefusal('They are shown to who has an API key.');
    this.keyGate.ask(error);
  }

  /** The API answers, but not with events. */
  private tellRefusal(refusal: string): void {
    this.refusal = refusal;
    this.showRate();
    this.showList();
    this.troubles.endAll();
  }

  /** Until the address, or the key, is another one. What is answered to what was asked before says nothing then. */
  private standStill(): void {
    this.isLive = false;
    this.live.stop();
    for (const each of [...this.events.all, this.counts]) each.stop();
  }
}
