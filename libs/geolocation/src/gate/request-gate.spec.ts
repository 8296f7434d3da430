import { describe, expect, it } from 'vitest';
import type { BreakerPass } from './circuit-breaker.js';
import { type Decision, type GateAccess, RequestGate } from './request-gate.js';

/** A gate whose decisions a test makes. It notes what it was asked and told. */
class DecidedGate extends RequestGate {
  readonly steps: string[] = [];
  decisions: (Decision | Promise<Decision>)[] = [];
  private entered = 0;

  override async slowDown(): Promise<void> {}
  override async state(): Promise<never> {
    throw new Error('nobody asks');
  }
  protected override async access(): Promise<GateAccess> {
    return { closedForMs: 0, isProbe: true };
  }
  protected override async enter(): Promise<BreakerPass> {
    return { isProbe: true, era: ++this.entered };
  }
  protected override async decide({ era }: BreakerPass): Promise<Decision> {
    this.steps.push(`decide ${era}`);
    return this.decisions.shift() ?? { kind: 'go' };
  }
  protected override async end({ era }: BreakerPass, result: string): Promise<null> {
    this.steps.push(`end ${era} ${result}`);
    return null;
  }
}

/** Everything that can go on without a timer has done so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('RequestGate', () => {
  const never = new AbortController().signal;
  const reason = new Error('the service stops');

  it('gives back what was decided for one who gave up meanwhile, so that a probe holds up nobody', async () => {
    const gate = new DecidedGate();
    let decide = (_decision: Decision) => {};
    gate.decisions = [new Promise((resolve) => (decide = resolve))];
    const stopping = new AbortController();
    const givenUp = expect(gate.acquire(stopping.signal)).rejects.toBe(reason);
    await settled();
    stopping.abort(reason);
    await givenUp;
    const next = gate.acquire(never);
    decide({ kind: 'go' });
    expect(await next).toEqual({ isProbe: true, era: 2 });
    expect(gate.steps.filter((step) => step.startsWith('end'))).toEqual(['end 1 cancelled']);
  });

  it('gives the pass either to the caller or back, at whatever step the abort comes', async () => {
    for (let microtasks = 0; microtasks < 40; microtasks++) {
      const gate = new DecidedGate();
      const stopping = new AbortController();
      const got = gate.acquire(stopping.signal).then(
        (pass) => pass,
        () => null,
      );
      for (let step = 0; step < microtasks; step++) await Promise.resolve();
      stopping.abort(reason);
      const pass = await got;
      await settled();
      const wasDecided = gate.steps.includes('decide 1');
      const wasEnded = gate.steps.includes('end 1 cancelled');
      expect([microtasks, pass === null || !wasEnded]).toEqual([microtasks, true]);
      if (wasDecided) expect([microtasks, pass === null]).toEqual([microtasks, wasEnded]);
    }
  });

  it('prepares the next ones while one waits for its permit', async () => {
    const gate = new DecidedGate();
    let decide = (_decision: Decision) => {};
    gate.decisions = [new Promise((resolve) => (decide = resolve))];
    const prepared: number[] = [];
    const all = [1, 2, 3].map((caller) =>
      gate.acquire(never, { prepare: async () => prepared.push(caller) > 0 }).then(() => caller),
    );
    await settled();
    expect([new Set(prepared), gate.steps]).toEqual([new Set([1, 2, 3]), ['decide 1']]);
    decide({ kind: 'go' });
    expect(await Promise.all(all)).toEqual([1, 2, 3]);
  });

  it('does not let one that cannot be prepared hold up another that is', async () => {
    const gate = new DecidedGate();
    let giveUp = (_isPrepared: boolean) => {};
    const first = gate.acquire(never, { prepare: () => new Promise((resolve) => (giveUp = resolve)) });
    expect(await gate.acquire(never, { prepare: async () => true })).toMatchObject({ era: 2 });
    giveUp(false);
    expect(await first).toBeNull();
    expect(gate.steps).toEqual(['decide 2', 'end 1 failed']);
  });

  it('has it prepared again right before each try for a permit', async () => {
    const gate = new DecidedGate();
    gate.decisions = [{ kind: 'wait', forMs: 1 }, { kind: 'closed' }];
    const pass = await gate.acquire(never, { prepare: async () => gate.steps.push('prepare') > 0 });
    expect(pass).toMatchObject({ era: 2 });
    const tries = ['prepare', 'decide 1', 'prepare', 'decide 1', 'end 1 cancelled', 'prepare', 'prepare', 'decide 2'];
    expect(gate.steps).toEqual(['prepare', ...tries]);
  });
});
