import type { ApiError } from '../api/api-error.js';
import { byId, element, setText } from './elements.js';
import { durationText } from '../text/formatters.js';

/**
 * Says, above everything, that the API does not answer, and when it is asked again. The place is there all the time: those who
 * hear a page are told of a text that comes, and of none that comes together with its place.
 */
export class Trouble {
  private readonly text = element('span', { role: 'status' });
  private readonly countdown = element('span', { class: 'countdown' });
  private readonly now: HTMLButtonElement;
  private timer: ReturnType<typeof setInterval> | undefined;

  /** @param onNow hears that somebody does not want to wait */
  constructor(
    private readonly root: HTMLElement,
    onNow: () => void,
  ) {
    this.now = element('button', { type: 'button', onclick: onNow }, 'Try now');
    root.append(this.text, this.countdown, this.now);
    this.hide();
  }

  /** @param untilMs when it is tried again by itself; never, where that has passed: whoever asked by hand can ask again */
  show(error: ApiError, untilMs: number): void {
    this.root.dataset['state'] = 'shown';
    this.now.hidden = this.countdown.hidden = untilMs <= Date.now();
    setText(this.text, `${whatIsWrong(error)} What you see may be out of date.`);
    // Not part of what is read out: it changes every second.
    const count = () =>
      setText(this.countdown, `Tried again in ${durationText(Math.max(untilMs - Date.now(), 1_000))}.`);
    clearInterval(this.timer);
    this.timer = setInterval(count, 1_000);
    count();
  }

  hide(): void {
    clearInterval(this.timer);
    // Who has pressed it goes on where there is something new.
    if (this.now === document.activeElement) byId('events').focus();
    this.root.dataset['state'] = 'none';
    this.now.hidden = this.countdown.hidden = true;
    setText(this.text, '');
  }
}

function whatIsWrong({ message }: ApiError): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}
