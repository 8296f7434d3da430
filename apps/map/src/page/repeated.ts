import { ApiError } from '../api/api-error.js';

export interface RepeatedOptions {
  readonly everyMs: number;
  /** Rejects with an ApiError. */
  work(): Promise<void>;
  /** @param untilMs when it is tried again, of the wall clock */
  onFailure(error: ApiError, untilMs: number): void;
}

const LONGEST_PAUSE_MS = 60_000;
/** Work that takes long is done less often: a count over very many events costs the service too. */
const PAUSE_PER_WORK = 8;

/** Asks the API again and again: while the page is seen, one question at a time, and less often where that fails. */
export class Repeated {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isBusy = false;
  private isAsked = false;
  /** What is under way was asked for before a stop, or a new wish: what becomes of it says nothing any more. */
  private isOutdated = false;
  private hasStopped = false;
  private failures = 0;
  private notBeforeMs = 0;

  constructor(private readonly options: RepeatedOptions) {
    document.addEventListener('visibilitychange', () => this.wake());
  }

  get isFailing(): boolean {
    return this.failures > 0;
  }

  /** Asks as soon as it may; not where it was stopped. */
  ask(): void {
    if (this.hasStopped) return;
    this.isAsked = true;
    this.wake();
  }

  /** Asks now, whatever has been before, a stop too: what is under way may fail as it likes. */
  askNow(): void {
    this.beginAnew();
    this.notBeforeMs = this.failures = 0;
    this.isOutdated = this.isBusy;
    this.ask();
  }

  /** Asks no more, whoever wants it to, until it is begun anew or asked now. */
  stop(): void {
    this.hasStopped = true;
    this.isAsked = false;
    this.failures = 0;
    this.isOutdated = this.isBusy;
    clearTimeout(this.timer);
  }

  /** May be asked again. */
  beginAnew(): void {
    this.hasStopped = false;
  }

  private wake(): void {
    if (this.isBusy || !this.isAsked || document.hidden) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), Math.max(0, this.notBeforeMs - performance.now()));
  }

  private async run(): Promise<void> {
    this.isBusy = true;
    this.isAsked = this.isOutdated = false;
    const startedMs = performance.now();
    let pauseMs = 0;
    try {
      await this.options.work();
      this.failures = 0;
      pauseMs = Math.max(this.options.everyMs, (performance.now() - startedMs) * PAUSE_PER_WORK);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!this.isOutdated) pauseMs = this.fail(error);
    } finally {
      this.notBeforeMs = this.isOutdated ? 0 : performance.now() + Math.min(pauseMs, LONGEST_PAUSE_MS);
      this.isBusy = false;
      this.wake();
    }
  }

  /** @returns after how long it is tried again, in ms */
  private fail(error: ApiError): number {
    const laterMs = this.options.everyMs * 2 ** Math.min(this.failures++, 6);
    const pauseMs = Math.min(Math.max(laterMs, error.retryAfterMs ?? 0), LONGEST_PAUSE_MS);
    this.isAsked = true;
    this.options.onFailure(error, Date.now() + pauseMs);
    return pauseMs;
  }
}
