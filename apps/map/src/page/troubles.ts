import type { ApiError } from '../api/api-error.js';
import type { Trouble } from './trouble.js';

interface Known {
  /** Whether it is tried again by itself. */
  readonly isRetried: boolean;
  readonly error: ApiError;
  readonly untilMs: number;
}

/** What does not work just now, by what it is. The first that began is shown until it is over, of what is tried again by itself before others. */
export class Troubles {
  private readonly known = new Map<string, Known>();

  /** @param onOver hears that nothing is wrong any more */
  constructor(
    private readonly shown: Pick<Trouble, 'show' | 'hide'>,
    private readonly onOver: () => void,
  ) {}

  /** @param untilMs when it is tried again, of the wall clock; not later than now where nobody does */
  begin(what: string, error: ApiError, untilMs: number): void {
    this.known.set(what, { error, untilMs, isRetried: untilMs > Date.now() });
    this.show();
  }

  has(what: string): boolean {
    return this.known.has(what);
  }

  /** It works. */
  end(what: string): void {
    if (!this.known.delete(what)) return;
    this.show();
    if (this.known.size === 0) this.onOver();
  }

  /** Nobody wants it any more, whether it works or not. */
  drop(what: string): void {
    if (this.known.delete(what)) this.show();
  }

  /** The API answers, and nothing is tried again until somebody has done something else. */
  endAll(): void {
    this.known.clear();
    this.show();
  }

  private show(): void {
    const all = [...this.known.values()];
    const first = all.find(({ isRetried }) => isRetried) ?? all[0];
    if (first === undefined) this.shown.hide();
    else this.shown.show(first.error, first.untilMs);
  }
}
