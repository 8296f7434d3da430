import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ANONYMOUS } from '#libs/platform';
import { strictDouble } from '../../../../platform/src/testing/strict-double.js';
import { firstTaskId, taskIdsFrom } from '../../domain/task-ids.js';
import { BufferFullError, CommitTimeoutError } from '../group-commit.js';
import { submissionRefusal } from '../submission-refusal.js';
import { IdempotentSubmissions, type KeyedSubmission, type WriteReserved } from './idempotent-submissions.js';
import type { Verdict } from './judge-reservation.js';
import type { ReservationRepository } from './reservation.repository.js';
import type { Reservations } from './reservations.js';

const KEYED = { caller: ANONYMOUS, key: 'k', path: 'event/submit', body: { name: 'x' }, events: 1 };
const FIRST = firstTaskId();
const OWN: Verdict = { is: 'write', firstTaskId: FIRST, isOwner: true };
const REPEAT: Verdict = { ...OWN, isOwner: false };

describe('IdempotentSubmissions', () => {
  let verdict: Verdict | null;
  let decided: number[];
  let states: string[];
  let onDecide: () => Promise<void>;
  let onComplete: () => Promise<void>;
  let onRelease: () => Promise<void>;
  let submissions: IdempotentSubmissions;

  beforeEach(() => {
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    [verdict, decided, states, onComplete, onRelease] = [OWN, [], [], async () => {}, async () => {}];
    onDecide = async () => {};
    const reservations = strictDouble<Reservations>('Reservations', {
      decide: async (tickets) => {
        decided.push(tickets.length);
        await onDecide();
        for (const ticket of tickets) ticket.verdict = verdict;
      },
    });
    const rows = strictDouble<ReservationRepository>('ReservationRepository', {
      complete: async (completed) => {
        await onComplete();
        states.push(`completed ${completed.length}`);
      },
      release: async (released) => {
        await onRelease();
        states.push(`released ${released.length}`);
      },
    });
    submissions = new IdempotentSubmissions(reservations, rows);
  });

  afterEach(async () => {
    await submissions.flushed();
    vi.restoreAllMocks();
  });

  const submit = (write: WriteReserved = async () => {}, parts: Partial<KeyedSubmission> = {}) =>
    submissions.submit({ ...KEYED, sinceMs: performance.now(), ...parts }, write);

  const refuse = (cause: Error): WriteReserved => {
    return () => Promise.reject(submissionRefusal(cause));
  };

  it('writes under the reserved ids, as many as there are events, and says that they are stored', async () => {
    const written: string[][] = [];
    const answer = await submit(async ({ taskIds }) => void written.push([...taskIds]), { events: 3 });
    expect(answer).toEqual({ taskIds: taskIdsFrom(FIRST, 3), isReplay: false });
    expect(written).toEqual([taskIdsFrom(FIRST, 3)]);
    await submissions.flushed();
    expect(states).toEqual(['completed 1']);
  });

  it('writes as a repeat where the event is not there yet, and is a replay', async () => {
    verdict = REPEAT;
    expect(await submit()).toEqual({ taskIds: [FIRST], isReplay: true });
  });

  it('writes nothing where the event is stored', async () => {
    verdict = { is: 'stored', firstTaskId: FIRST };
    expect(await submit(() => Promise.reject(new Error('written')))).toEqual({ taskIds: [FIRST], isReplay: true });
    expect(states).toEqual([]);
  });

  it('refuses another body', async () => {
    verdict = { is: 'reused' };
    await expect(submit()).rejects.toMatchObject({
      code: 'idempotency_key_reused',
      details: { errors: [{ field: 'Idempotency-Key' }] },
    });
  });

  it('refuses for now where no verdict was found', async () => {
    verdict = null;
    await expect(submit()).rejects.toMatchObject({ code: 'storage_unavailable', details: { retryAfterSeconds: 1 } });
  });

  it('reserves for many with one decision', async () => {
    await Promise.all(Array.from({ length: 100 }, () => submit()));
    expect(decided).toEqual([100]);
  });

  it('writes once what several of this process would write at once', async () => {
    let [writes, finish] = [0, () => {}];
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const write = async () => {
      writes++;
      await finished;
    };
    const answers = Array.from({ length: 5 }, () => submit(write));
    await nextTurn();
    await nextTurn();
    finish();
    await Promise.all(answers);
    expect(writes).toBe(1);
    await submit(write);
    expect(writes).toBe(2);
  });

  it('releases the key before it says that nothing is stored', async () => {
    for (const cause of [new Error('disk full'), new BufferFullError()]) {
      states = [];
      await expect(submit(refuse(cause))).rejects.toMatchObject({ details: { cause } });
      expect(states).toEqual(['released 1']);
    }
  });

  it('says that nothing is stored also while the key cannot be released, and is flushed when it is', async () => {
    let finish = () => {};
    onRelease = () => new Promise((resolve) => (finish = resolve));
    await expect(submit(refuse(new Error('disk full')))).rejects.toMatchObject({ code: 'storage_unavailable' });
    const flushed = submissions.flushed().then(() => states.push('flushed'));
    await nextTurn();
    await nextTurn();
    expect(states).toEqual([]);
    finish();
    await flushed;
    expect(states).toEqual(['released 1', 'flushed']);
  });

  it('tells the write since when the submitter waits, the reservation included', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    try {
      const beganAtMs = performance.now();
      onDecide = async () => void vi.advanceTimersByTime(700);
      const sinceMs = await new Promise((resolve) => void submit(async (reserved) => resolve(reserved.sinceMs)));
      expect([sinceMs, performance.now()]).toEqual([beganAtMs, beganAtMs + 700]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('gives up a reservation while there is time to answer', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    try {
      onDecide = () => new Promise(() => {});
      const refused = expect(submit()).rejects.toMatchObject({ code: 'storage_unavailable' });
      await nextTurn();
      vi.advanceTimersByTime(1_100);
      await refused;
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    ['is not known to have failed', OWN, new CommitTimeoutError()],
    [
      'may have been done when the connection broke',
      OWN,
      Object.assign(new Error(), { code: 'PROTOCOL_CONNECTION_LOST' }),
    ],
    ['is not the only one', REPEAT, new Error('disk full')],
  ])('keeps the key where the write %s', async (_what, given, cause) => {
    verdict = given;
    await expect(submit(refuse(cause))).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(states).toEqual([]);
  });

  it('answers even if it cannot be said that the event is stored', async () => {
    onComplete = () => Promise.reject(new Error('away'));
    expect(await submit()).toEqual({ taskIds: [FIRST], isReplay: false });
    await submissions.flushed();
  });

  it('is flushed when that is said', async () => {
    let finish = () => {};
    onComplete = () => new Promise((resolve) => (finish = resolve));
    await submit();
    const flushed = submissions.flushed().then(() => states.push('flushed'));
    await nextTurn();
    await nextTurn();
    expect(states).toEqual([]);
    finish();
    await flushed;
    expect(states).toEqual(['completed 1', 'flushed']);
  });
});
