import { plural } from '../text/formatters.js';
import { setText } from './elements.js';

/** Anybody who hears more often hears nothing else. */
const EVERY_MS = 30_000;

/** Tells those who hear the page what they have asked for, and now and then what has happened; not each event. */
export class Announcer {
  private accepted = 0;
  private located = 0;
  private saying: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly place: HTMLElement) {
    setInterval(() => this.tell(), EVERY_MS);
  }

  count(accepted: number, located: number): void {
    this.accepted += accepted;
    this.located += located;
  }

  /** Empties the place first: the same text again would be no change, of which nobody is told. */
  say(text: string): void {
    clearTimeout(this.saying);
    setText(this.place, '');
    this.saying = setTimeout(() => setText(this.place, text));
  }

  private tell(): void {
    if (this.accepted + this.located === 0) return;
    this.say(`${plural(this.accepted, 'new event')}, ${this.located} located.`);
    this.accepted = this.located = 0;
  }
}
