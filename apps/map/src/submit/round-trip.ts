import type { LocationStatus } from '../api/event-types.js';
import { STATUS_TEXTS } from '../list/event-row.js';
import { element, setText } from '../page/elements.js';

type StepState = 'now' | 'done' | 'failed';

/** The way of an event, step by step: sent, accepted, located. */
export class RoundTrip {
  readonly list = element('ol', { class: 'round-trip', 'aria-label': 'The way of the event' });
  /** For who does not see it: each step once, not the time that is left whenever that changes. */
  readonly said = element('p', { class: 'visually-hidden', role: 'status' });
  private readonly steps = ['Accepted', 'Located'].map((name) => {
    const text = element('span', { class: 'step-text' });
    const title = element('b', {}, name);
    return { item: element('li', {}, title, text), title, text };
  });

  /** @param onOpen hears the event that somebody wants to see in full */
  constructor(private readonly onOpen: (taskId: string) => void) {
    this.list.append(...this.steps.map(({ item }) => item));
    this.list.hidden = true;
  }

  start(): void {
    this.list.hidden = false;
    this.set(0, 'now', 'On its way', 'sending…');
    this.setLocationShown(false);
  }

  accepted(taskId: string, tookMs: number): void {
    this.set(0, 'done', 'Accepted', `202 after ${tookMs} ms `);
    const open = element('button', { type: 'button', class: 'link', onclick: () => this.onOpen(taskId) }, 'Show it');
    this.steps[0]?.text.append(open);
    this.set(1, 'now', 'Pending', 'waiting for its location');
    this.setLocationShown(true);
  }

  refused(why: string): void {
    this.set(0, 'failed', 'Not accepted', why);
  }

  pending(eta: string): void {
    this.set(1, 'now', 'Pending', eta);
  }

  /** It was accepted, but what becomes of it is not told. */
  unknown(why: string): void {
    this.set(1, 'failed', 'Not shown', why);
  }

  settled(status: LocationStatus, text: string): void {
    this.set(1, status === 'located' ? 'done' : 'failed', STATUS_TEXTS[status], text);
  }

  /** What was not accepted has none, and is not said to have one. */
  private setLocationShown(isShown: boolean): void {
    const item = this.steps[1]?.item;
    if (item !== undefined) item.hidden = !isShown;
  }

  private set(index: number, state: StepState, name: string, text: string): void {
    const step = this.steps[index];
    if (step === undefined) return;
    const isNew = step.item.dataset['state'] !== state || step.title.textContent !== name;
    if (isNew) setText(this.said, text === '' ? name : `${name}: ${text}`);
    step.item.dataset['state'] = state;
    setText(step.title, name);
    setText(step.text, text);
  }
}
