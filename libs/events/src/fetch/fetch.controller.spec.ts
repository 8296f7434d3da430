import type { LookupEstimates } from '#libs/geolocation';
import type { FastifyReply } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { EventRepository } from '../persistence/event.repository.js';
import type { EventSearch, EventSearchQuery } from '../persistence/search/event-search.js';
import { storedEvent } from '../testing/sample-events.js';
import { EventPresenter } from './event-presenter.js';
import { FetchController } from './fetch.controller.js';
import { ListEventsQuery } from './list-events.query.js';

/** Task ids in the order of their events, newest first. */
const IDS = [5, 4, 3, 2, 1].map((digit) => `0199c5d8-7c6e-7b3a-9f10-00000000000${digit}`);

/** When every lookup is expected to be done. */
const DONE_AT_MS = Date.UTC(2026, 10, 23, 19);

describe('FetchController', () => {
  let asked: EventSearchQuery[];
  let headers: Record<string, unknown>;
  let controller: FetchController;
  const reply = {
    header: (name: string, value: unknown) => {
      headers[name] = value;
      return reply;
    },
  } as unknown as FastifyReply;

  beforeEach(() => {
    asked = [];
    headers = {};
    const stored = IDS.map((taskId) => storedEvent({ taskId }));
    const events = strictDouble<EventRepository>('EventRepository', {
      find: async (taskId) => stored.find((event) => event.taskId === taskId) ?? null,
    });
    const search = strictDouble<EventSearch>('EventSearch', {
      page: async (query) => {
        asked.push(query);
        const rest = stored.filter(({ taskId }) => query.after === undefined || taskId < query.after);
        const page = rest.slice(0, query.limit);
        return { events: page, next: rest.length > query.limit ? (page.at(-1)?.taskId ?? null) : null };
      },
    });
    const estimates = strictDouble<LookupEstimates>('LookupEstimates', {
      doneAtMs: async (keys) => new Map(keys.map((key) => [key, DONE_AT_MS])),
    });
    controller = new FetchController(events, search, new EventPresenter(estimates));
  });

  const list = async (parameters: Partial<ListEventsQuery>) => {
    const { data } = await controller.list(Object.assign(new ListEventsQuery(), parameters), reply);
    return { ids: data.events.map((event) => event.task_id), cursor: data.next_cursor };
  };

  it('leads through all pages, each event once, and ends', async () => {
    const first = await list({ limit: '2' });
    const second = await list({ limit: '2', cursor: first.cursor ?? '' });
    const third = await list({ limit: '2', cursor: second.cursor ?? '' });
    expect([first.ids, second.ids, third.ids]).toEqual([IDS.slice(0, 2), IDS.slice(2, 4), IDS.slice(4)]);
    expect(third.cursor).toBeNull();
  });

  it.each([
    ['5', IDS],
    ['6', IDS],
  ])('has no next page where %s events are all there are', async (limit, ids) => {
    expect(await list({ limit })).toEqual({ ids, cursor: null });
    expect(headers).toEqual({});
  });

  it('links the next page with the same filters', async () => {
    const { cursor } = await list({ limit: '2', name: 'a&b', status_code: '2' });
    const path = /^<(.*)>; rel="next"$/.exec(String(headers['link']))?.[1] ?? '';
    const { pathname, searchParams } = new URL(path, 'http://whence');
    expect(pathname).toBe('/event/');
    expect(Object.fromEntries(searchParams)).toEqual({ limit: '2', name: 'a&b', status_code: '2', cursor });
  });

  it('takes another limit on the next page', async () => {
    const { cursor } = await list({ limit: '2' });
    expect((await list({ limit: '3', cursor: cursor ?? '' })).ids).toEqual(IDS.slice(2));
  });

  it('refuses a cursor of a listing with other filters, and asks for nothing', async () => {
    const { cursor } = await list({ limit: '2', status_code: '2' });
    asked = [];
    await expect(list({ limit: '2', status_code: '3', cursor: cursor ?? '' })).rejects.toMatchObject({
      code: 'validation_failed',
      details: { errors: [{ field: 'cursor' }] },
    });
    expect(asked).toEqual([]);
  });

  it('fetches one event by its id, in capitals too', async () => {
    const id = IDS[2] ?? '';
    const answers = await Promise.all([id, id.toUpperCase()].map((taskId) => controller.get(taskId, {})));
    expect(answers.map(({ data }) => data.task_id)).toEqual([id, id]);
  });

  it('knows nothing of other ids', async () => {
    await expect(controller.get('0199c5d8-7c6e-7b3a-9f10-0000000000ff', {})).rejects.toMatchObject({
      code: 'event_not_found',
    });
  });

  it.each(['1', 'submit', '', '0199c5d8-7c6e-7b3a-9f10-00000000000', `${IDS[0]} `])(
    'refuses %j, which is no id',
    async (id) => {
      await expect(controller.get(id, {})).rejects.toMatchObject({
        code: 'validation_failed',
        details: { errors: [{ field: 'task_id', message: 'expected a UUID' }] },
      });
    },
  );

  it('tells of pending events when they will probably be located', async () => {
    const { data } = await controller.get(IDS[0] ?? '', {});
    expect(data.estimated_located_at).toBe('2026-11-23T19:00:00.000Z');
  });
});
