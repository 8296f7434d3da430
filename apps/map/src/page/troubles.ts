import type { ApiError } from '../api/api-error.js';
import type { Trouble } from './trouble.js';

interface Known {
  readonly error: ApiError;
  readonly untilMs: number;
}

/** What does not work just now, by what it is. The first that began is shown until it is over. */
export class Troubles {
  private readonly known = new Map<string, Known>();

  /** @param onOver hears that nothing is wrong any more */
  constructor(
    private readonly shown: Trouble,
    private readonly onOver: () => void,
  ) {}

  begin(what: string, error: ApiError, untilMs: number): void {
    this.known.set(what, { error, untilMs });
    this.show();
  }

  end(what: string): void {
    if (!this.known.delete(what)) return;
    this.show();
    if (this.known.size === 0) this.onOver();
  }

  /** The API answers, and nothing is tried again until somebody has done something else. */
  endAll(): void {
    this.known.clear();
    this.show();
  }

  private show(): void {
    const [first] = this.known.values();
    if (first === undefined) this.shown.hide();
    else this.shown.show(first.error, first.untilMs);
  }
}
