/** Lets so many works be under way at once, and refuses what is beyond. */
export class Admission {
  private taken = 0;

  constructor(
    private readonly most: number,
    private readonly refusal: () => Error,
  ) {}

  /**
   * Takes a place, which has to be left.
   * @throws the refusal where none is free
   */
  admit(): Place {
    if (this.taken >= this.most) throw this.refusal();
    this.taken++;
    return new Place(() => void this.taken--);
  }
}

/** A work's place among those under way. Free again when it was left and all that it was held for has ended. */
export class Place {
  private holders = 1;
  private isLeft = false;

  constructor(private readonly onFree: () => void) {}

  /**
   * Holds the place until the promise has settled. For what goes on when nobody waits for it any more, as a statement does
   * in the database: whoever hangs up and comes again would else have any number of them run at once.
   * @returns the promise
   */
  heldFor<Result>(promise: Promise<Result>): Promise<Result> {
    this.holders++;
    const release = () => this.release();
    promise.then(release, release);
    return promise;
  }

  /** May be called again, to no effect. */
  leave(): void {
    if (this.isLeft) return;
    this.isLeft = true;
    this.release();
  }

  private release(): void {
    if (--this.holders === 0) this.onFree();
  }
}
