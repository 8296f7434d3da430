/** So many places; whoever finds none free waits, and they are given out in the order in which all came. */
export class Semaphore {
  private readonly waiting = new Set<() => void>();

  constructor(private free: number) {}

  /**
   * Takes a place. Where the signal aborts before there is one, it rejects with its reason, and nobody waits behind it.
   * @returns gives the place back; may be called again, to no effect
   */
  async acquire(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.free > 0) this.free--;
    else await this.placeLeft(signal);
    let isHeld = true;
    return () => {
      if (isHeld) this.handOn();
      isHeld = false;
    };
  }

  private placeLeft(signal: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const take = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.waiting.delete(take);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.add(take);
    });
  }

  /** The place goes to the next one, before anybody else can take it. */
  private handOn(): void {
    const [next] = this.waiting;
    if (next === undefined) return void this.free++;
    this.waiting.delete(next);
    next();
  }
}
