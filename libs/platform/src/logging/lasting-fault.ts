import type { Logger } from '@nestjs/common';

const REPEATED_AFTER_MS = 600_000;
const QUIET_MS = 60_000;

/** A line of the log. */
interface Line {
  readonly msg: string;
  readonly [field: string]: unknown;
}

/**
 * Warns of a fault that lasts, such as a store that is away, in few lines however often it strikes: of each kind when it first
 * strikes, and again after ten minutes; and says when all is over, with how often it has struck. That it has not
 * struck for a minute does not say that it is mended: what waits for the store is not tried.
 */
export class LastingFault {
  private readonly toldAtMs = new Map<string, number>();
  private times = 0;
  private quiet: NodeJS.Timeout | undefined;

  /** @param endsWhenQuiet it is over by itself when it has not struck for a minute; else when `end` is called */
  constructor(
    private readonly logger: Logger,
    private readonly overMessage: string,
    private readonly endsWhenQuiet = true,
  ) {}

  /** @param kind one of few: each is told by itself */
  strike(line: Line, kind: string = line.msg): void {
    this.times++;
    if (this.endsWhenQuiet) this.waitForQuiet();
    const nowMs = performance.now();
    const toldAtMs = this.toldAtMs.get(kind) ?? -Infinity;
    if (nowMs - toldAtMs < REPEATED_AFTER_MS) return;
    this.toldAtMs.set(kind, nowMs);
    this.logger.warn(this.times === 1 ? line : { ...line, times: this.times });
  }

  /** Says that it is over, where it has struck. */
  end(): void {
    clearTimeout(this.quiet);
    this.quiet = undefined;
    if (this.times > 0) this.logger.log({ msg: this.overMessage, times: this.times });
    this.toldAtMs.clear();
    this.times = 0;
  }

  private waitForQuiet(): void {
    if (this.quiet === undefined) this.quiet = setTimeout(() => this.end(), QUIET_MS).unref();
    else this.quiet.refresh();
  }
}
