/** Does so many works at once; the others wait and begin in the order in which they came, however those before ended. */
export class AtOnce {
  private working = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  /** Resolves and rejects as the work does. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.working < this.most) this.working++;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Its place goes to the next one, before anybody else can take it.
      const next = this.waiting.shift();
      if (next === undefined) this.working--;
      else next();
    }
  }
}
