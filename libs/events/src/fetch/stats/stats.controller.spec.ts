import { EventEmitter } from 'node:events';
import type { FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';
import { strictDouble } from '../../../../platform/src/testing/strict-double.js';
import type { CountEventsService, EventStats } from './count-events.service.js';
import { EventStatsQuery } from './event-stats.query.js';
import { StatsController } from './stats.controller.js';

const query = Object.assign(new EventStatsQuery(), { by: 'time', interval: 'day' });
const STATS: EventStats = { total: 7, groups: [{ value: Date.UTC(2026, 10, 24), count: 7 }] };

/** Counts, and closes the connection, whole answer sent or not, meanwhile. @returns the answer and the signal */
async function countWhileClosing(writableFinished: boolean, destroyed = false) {
  const raw = Object.assign(new EventEmitter(), { writableFinished, destroyed });
  let given: AbortSignal | undefined;
  const service = strictDouble<CountEventsService>('CountEventsService', {
    count: async (_query, signal) => {
      given = signal;
      raw.emit('close');
      return STATS;
    },
  });
  const answer = await new StatsController(service).count(query, { raw } as unknown as FastifyReply);
  return { answer, signal: given };
}

describe('StatsController', () => {
  it('ends the count when the client hangs up', async () => {
    const { signal } = await countWhileClosing(false);
    expect(signal?.reason).toMatchObject({ code: 'client_closed_request' });
  });

  it('counts nothing for a client that has gone before', async () => {
    const { signal } = await countWhileClosing(true, true);
    expect(signal?.reason).toMatchObject({ code: 'client_closed_request' });
  });

  it('takes the end of a connection that was answered for no hanging up', async () => {
    const { signal } = await countWhileClosing(true);
    expect(signal?.aborted).toBe(false);
  });

  it('shows when buckets begin as RFC 3339 in UTC', async () => {
    const { answer } = await countWhileClosing(true);
    expect(answer.data).toEqual({
      by: 'time',
      interval: 'day',
      total: 7,
      groups: [{ value: '2026-11-24T00:00:00.000Z', count: 7 }],
    });
  });
});
