import type { LookupStatus } from '../api/event-types.js';
import { element, setText } from '../page/elements.js';
import { countText, durationText, rateText } from '../text/formatters.js';
import { breakerTexts, budgetTexts, type TileTexts } from './health-texts.js';

const LOOKUPS_MEAN =
  'How many lookups a second were made, of those that the budget allows: the mean of the last minute';

interface Tile {
  readonly box: HTMLElement;
  readonly value: HTMLElement;
  readonly note: HTMLElement;
}

/** The service's health in a line: what is live, the budget and its use, what waits for it, the breaker. */
export class HealthStrip {
  private readonly list = element('dl');
  private readonly live = this.tile('Live', 'How many events a second were accepted, over the last ten');
  private readonly budget = this.tile('Lookups', LOOKUPS_MEAN);
  private readonly segments = element('span', { class: 'segments', 'aria-hidden': 'true' });
  private readonly backlog = this.tile('Backlog', 'Addresses that wait for a lookup');
  private readonly breaker = this.tile('Breaker', 'Open while the Geolocation API fails: lookups then wait');
  private readonly oldest = this.tile('Oldest pending', 'The age of the oldest event that waits for its location');

  constructor(root: HTMLElement) {
    this.budget.value.after(this.segments);
    root.append(this.list);
    this.showUnknown();
  }

  /** @param rate of the events that the page is told of, or null where it is told of none */
  showRate(rate: number | null, note: string): void {
    setText(this.live.value, rate === null ? 'off' : `${rateText(rate)}/s`);
    setText(this.live.note, note);
    this.live.box.dataset['state'] = rate === null ? 'off' : 'on';
  }

  show(status: LookupStatus): void {
    const { requests_per_second: most, budget_used: used, breaker } = status;
    if (used === null || breaker === null) return this.showUnknown(status.message ?? '');
    for (const { box } of [this.backlog, this.oldest]) box.dataset['state'] = 'known';
    this.fill(this.budget, budgetTexts(status), 'known');
    this.fill(this.breaker, breakerTexts(status, breaker), 'good');
    this.fillSegments(used, most);
    setText(this.backlog.value, countText(status.keys_waiting ?? 0));
    setText(this.backlog.note, `${countText(status.lookups_active ?? 0)} under way`);
    const age = status.oldest_pending_age_seconds;
    setText(this.oldest.value, age === null ? 'none' : durationText(age * 1_000));
    setText(this.oldest.note, age === null ? 'all have an outcome' : 'waits for its place');
  }

  showUnknown(note = ''): void {
    for (const { value, note: its, box } of [this.budget, this.backlog, this.breaker, this.oldest]) {
      setText(value, '–');
      setText(its, 'not known');
      box.dataset['state'] = 'unknown';
    }
    if (note !== '') setText(this.budget.note, note);
    this.segments.replaceChildren();
  }

  private fill({ box, value, note }: Tile, texts: TileTexts, good: string): void {
    setText(value, texts.value);
    setText(note, texts.note);
    box.dataset['state'] = texts.isGood ? good : 'bad';
  }

  /** One for each lookup of a second, up to ten. */
  private fillSegments(used: number, most: number): void {
    const count = Math.min(most, 10);
    if (this.segments.childElementCount !== count)
      this.segments.replaceChildren(...Array.from({ length: count }, () => element('span')));
    [...this.segments.children].forEach((segment, index) => {
      const filled = Math.min(Math.max(used * count - index, 0), 1);
      (segment as HTMLElement).style.setProperty('--filled', `${Math.round(filled * 100)}%`);
    });
  }

  private tile(name: string, explanation: string): Tile {
    const value = element('dd', { class: 'value' });
    const note = element('dd', { class: 'note' });
    const box = element('div', { class: 'tile', title: explanation }, element('dt', {}, name), value, note);
    this.list.append(box);
    return { box, value, note };
  }
}
