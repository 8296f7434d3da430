import { setImmediate as nextTurn } from 'node:timers/promises';

interface Waiting {
  readonly actor: string;
  readonly step: string;
  readonly go: () => void;
}

/** Chooses which of the waiting steps go next: at least one of them. */
export type Chooser = (waiting: readonly string[]) => number[];

const LONGEST_STEP_MS = 20_000;

/**
 * Holds concurrent actors before each of their steps and lets them on in an order that the test chooses. The next choice
 * is made when every actor waits again or has ended, so that a schedule of choices determines what happened.
 */
export class Turnstile {
  /** Every step taken, in order; steps that went together share an entry. */
  readonly taken: string[] = [];
  private readonly actors = new Set<Promise<unknown>>();
  private waiting: Waiting[] = [];

  /** An actor waits here before a step. */
  pass(actor: string, step: string): Promise<void> {
    return new Promise((go) => this.waiting.push({ actor, step, go }));
  }

  /** Watches an actor until it has ended. */
  async watch<Result>(work: Promise<Result>): Promise<Result> {
    this.actors.add(work);
    try {
      return await work;
    } catch (error) {
      // Of an actor that was abandoned nobody hears any more.
      if (this.actors.has(work)) throw error;
      return await new Promise<never>(() => {});
    } finally {
      this.actors.delete(work);
    }
  }

  /** Ends all actors where they wait, as the end of their process would. @returns the steps that they do not take */
  abandon(): string[] {
    const steps = this.waiting.map(nameOf);
    this.waiting = [];
    this.actors.clear();
    return steps;
  }

  /** The object, with a pass before each of the methods named. */
  gate<Target extends object>(target: Target, actor: string, steps: Partial<Record<keyof Target, string>>): Target {
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name, object);
        if (typeof member !== 'function') return member;
        const method = member.bind(object) as (...parameters: unknown[]) => Promise<unknown>;
        const step = steps[name as keyof Target];
        if (step === undefined) return method;
        return async (...parameters: unknown[]) => {
          await this.pass(actor, step);
          return method(...parameters);
        };
      },
    });
  }

  /** Lets the actors on, step by step, until all have ended. `isSettled` tells whether a new actor is about to appear. */
  async run(choose: Chooser, isSettled: () => boolean | Promise<boolean>): Promise<void> {
    for (;;) {
      await this.untilAllWait(isSettled);
      if (this.waiting.length === 0) return;
      // Sorted, so that a schedule means the same whichever actor's SQL was quicker.
      const ready = this.waiting.sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
      const chosen = choose(ready.map(nameOf)).map((index) => ready[index]);
      this.waiting = ready.filter((step) => !chosen.includes(step));
      this.taken.push(chosen.map(nameOf).join(' + '));
      for (const step of chosen) step.go();
    }
  }

  private async untilAllWait(isSettled: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + LONGEST_STEP_MS;
    do {
      await nextTurn();
      if (this.waiting.length === this.actors.size && (await isSettled())) return;
    } while (performance.now() < deadline);
    throw new Error(`the actors neither wait nor end; steps so far: ${this.taken.join(', ')}`);
  }
}

function nameOf({ actor, step }: Waiting): string {
  return `${actor}: ${step}`;
}

/** Calls `run` with every possible schedule of single steps, each once. @returns how many there were */
export async function everySchedule(run: (choose: Chooser) => Promise<void>): Promise<number> {
  const choices: number[] = [];
  for (let count = 1; ; count++) {
    const widths: number[] = [];
    await run((waiting) => {
      const depth = widths.push(waiting.length) - 1;
      return [(choices[depth] ??= 0)];
    });
    // The next schedule: the last choice that has an alternative takes it, and those after it start over.
    choices.length = widths.length;
    while (choices.length > 0 && (choices.at(-1) as number) + 1 >= widths[choices.length - 1]) choices.pop();
    if (choices.length === 0) return count;
    choices[choices.length - 1] = (choices.at(-1) as number) + 1;
  }
}

/** A schedule by the names of its steps, in their order, and after them whatever waits first. */
export function scheduleOf(...steps: string[]): Chooser {
  const ahead = [...steps];
  return (waiting) => {
    const step = ahead.shift();
    if (step === undefined) return [0];
    const index = waiting.indexOf(step);
    if (index < 0) throw new Error(`"${step}" does not wait, only ${waiting.join(', ')}`);
    return [index];
  };
}

/** A schedule from numbers: each chooses a step, and with every third number another step goes together with it. */
export function scheduleFrom(numbers: readonly number[]): Chooser {
  let position = 0;
  return (waiting) => {
    const number = numbers[position++ % numbers.length] ?? 0;
    const first = number % waiting.length;
    const second = (first + 1) % waiting.length;
    return number % 3 === 0 && second !== first ? [first, second] : [first];
  };
}
