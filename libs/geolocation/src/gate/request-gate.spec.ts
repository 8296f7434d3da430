import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import type { BreakerPass } from './circuit-breaker.js';
import { type Permit, PERMIT_LAPSES_MS } from './permit.js';
import { type Decision, type GateAccess, RequestGate } from './request-gate.js';

/** A gate whose decisions a test makes. It notes what it was asked and told. */
class DecidedGate extends RequestGate {
  readonly steps: string[] = [];
  decisions: (Decision | Promise<Decision>)[] = [];
  isRedisAway = false;
  private entered = 0;

  constructor(override readonly clock = new ManualClock()) {
    super(clock);
  }

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
  protected override async decide({ era }: Permit): Promise<Decision> {
    this.steps.push(`decide ${era}`);
    return this.decisions.shift() ?? { kind: 'go' };
  }
  protected override async noteDeparture({ era }: Permit): Promise<void> {
    this.steps.push(`departed ${era}`);
    if (this.isRedisAway) throw new Error('Redis is away');
  }
  protected override async end({ era }: Permit, result: string, isUnused: boolean): Promise<null> {
    this.steps.push(`end ${era} ${result}${isUnused ? ', unused' : ''}`);
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
    expect(await next).toMatchObject({ isProbe: true, era: 2 });
    expect(gate.steps.filter((step) => step.startsWith('end'))).toEqual(['end 1 cancelled, unused']);
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
      const wasEnded = gate.steps.includes('end 1 cancelled, unused');
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
    expect(gate.steps).toEqual(['decide 2', 'end 1 failed, unused']);
  });

  it('has it prepared again right before each try for a permit', async () => {
    const gate = new DecidedGate();
    gate.decisions = [{ kind: 'wait', forMs: 1 }, { kind: 'closed' }];
    const pass = await gate.acquire(never, { prepare: async () => gate.steps.push('prepare') > 0 });
    expect(pass).toMatchObject({ era: 2 });
    const tries = [
      'prepare',
      'decide 1',
      'prepare',
      'decide 1',
      'end 1 cancelled, unused',
      'prepare',
      'prepare',
      'decide 2',
    ];
    expect(gate.steps).toEqual(['prepare', ...tries]);
  });

  describe('a permit', () => {
    let gate: DecidedGate;
    const acquire = async () => (await gate.acquire(never)) as Permit;

    beforeEach(() => void (gate = new DecidedGate()));

    it('is unlike any other, also of another process', async () => {
      const ids = [await acquire(), await acquire(), await new DecidedGate().acquire(never)].map(
        (permit) => permit?.id,
      );
      expect(new Set(ids).size).toBe(3);
    });

    it('lapses a while after it was asked for, however late the answer came', async () => {
      let decide = (_decision: Decision) => {};
      gate.decisions = [new Promise((resolve) => (decide = resolve))];
      const late = acquire();
      await settled();
      gate.clock.advance(PERMIT_LAPSES_MS - 1);
      decide({ kind: 'go' });
      const permit = await late;
      expect(gate.hasLapsed(permit)).toBe(false);
      gate.clock.advance(1);
      expect([gate.hasLapsed(permit), gate.hasLapsed(await acquire())]).toEqual([true, false]);
    });

    it('is good from when it was asked for, not from when its request began to wait', async () => {
      gate.decisions = [{ kind: 'wait', forMs: 1 }];
      const waiting = acquire();
      gate.clock.advance(PERMIT_LAPSES_MS);
      expect(gate.hasLapsed(await waiting)).toBe(false);
    });

    it.each(['cancelled', 'failed'] as const)(
      'is unused where its call has %s before its request has left, and only then',
      async (result) => {
        await gate.report(await acquire(), result);
        const sent = await acquire();
        await gate.departed(sent);
        await gate.report(sent, result);
        const ends = gate.steps.filter((step) => step.startsWith('end'));
        expect(ends).toEqual([`end 1 ${result}, unused`, `end 2 ${result}`]);
      },
    );

    it('departs once, however often it is said', async () => {
      const permit = await acquire();
      await gate.departed(permit);
      await gate.departed(permit);
      expect(gate.steps).toEqual(['decide 1', 'departed 1']);
    });

    it('has departed also where that could not be noted, which nobody hears of', async () => {
      gate.isRedisAway = true;
      const permit = await acquire();
      await gate.departed(permit);
      await gate.report(permit, 'cancelled');
      expect(gate.steps).toEqual(['decide 1', 'departed 1', 'end 1 cancelled']);
    });
  });
});
