interface Waiting {
  readonly ticket: number;
  readonly enter: () => void;
}

/**
 * Lets one in at a time: of those who wait the one with the lowest ticket, so that whoever has to come a second time does
 * not lose its place. Who aborts is out of the row at once.
 */
export class OrderedTurns {
  private readonly waiting: Waiting[] = [];
  private isTaken = false;

  /** Does the work when it is the ticket's turn; rejects with the signal's reason where that aborts before. */
  async take<Result>(ticket: number, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    if (this.isTaken) await this.wait(ticket, signal);
    this.isTaken = true;
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private wait(ticket: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leaveRow = () => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        reject(signal.reason as Error);
      };
      const enter = () => {
        signal.removeEventListener('abort', leaveRow);
        resolve();
      };
      const waiting = { ticket, enter };
      const after = this.waiting.findIndex((other) => other.ticket > ticket);
      this.waiting.splice(after === -1 ? this.waiting.length : after, 0, waiting);
      signal.addEventListener('abort', leaveRow, { once: true });
    });
  }

  /** It stays taken where somebody waits: nobody slips in before the one who was called. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.isTaken = false;
    else next.enter();
  }
}
