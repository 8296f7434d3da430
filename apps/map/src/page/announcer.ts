import { plural } from '../text/formatters.js';
import { setText } from './elements.js';

/** Anybody who hears more often hears nothing else. */
const EVERY_MS = 30_000;

/** Tells those who hear the page what they have asked for, and now and then what has happened; not each event. */
export class Announcer {
  private accepted = 0;
  private located = 0;

  constructor(private readonly place: HTMLElement) {
    setInterval(() => this.tell(), EVERY_MS);
  }

  count(accepted: number, located: number): void {
    this.accepted += accepted;
    this.located += located;
  }

  say(text: string): void {
    setText(this.place, text);
  }

  private tell(): void {
    if (this.accepted + this.located === 0) return;
    this.say(`${plural(this.accepted, 'new event')}, ${this.located} located.`);
    this.accepted = this.located = 0;
  }
}
