import { describe, expect, it } from 'vitest';
import { readState } from '../address/page-state.js';
import type { ApiClient, Query } from '../api/api-client.js';
import { ApiError } from '../api/api-error.js';
import { PageData } from './page-data.js';

const STATS = { by: 'x', interval: null, total: 7, groups: [{ value: 'GB', count: 7 }] };

/** The API, which refuses to count by these for that field. */
function dataOf(refused: readonly string[], field: string): PageData {
  const get = async (_path: string, query: Query) => {
    if (!refused.includes(String(query['by']))) return STATS;
    throw new ApiError(400, 'filter_too_broad', 'There are too many.', [{ field, message: 'expected fewer' }]);
  };
  return new PageData({ get } as unknown as ApiClient);
}

describe('the located events of the page', () => {
  const LISTED = Array.from({ length: 2_300 }, (_, index) => ({ task_id: String(index) }));

  it.each([[7], [1_000], [2_001], [5_000]])('are read page by page, the newest %i', async (most) => {
    const get = async (_path: string, { limit, cursor }: Query) => {
      const [from, to] = [Number(cursor ?? 0), Number(cursor ?? 0) + Number(limit)];
      return { events: LISTED.slice(from, to), next_cursor: to < LISTED.length ? String(to) : null };
    };
    const data = new PageData({ get } as unknown as ApiClient);
    expect(await data.located(readState(''), most)).toEqual(LISTED.slice(0, most));
  });
});

describe('the counts of the page', () => {
  it.each(['by', 'interval'])('are told without those that are too many, found at %s', async (field) => {
    const counts = await dataOf(['name', 'time'], field).counts(readState(''));
    expect(counts).toMatchObject({ total: 7, countries: STATS, names: [], overTime: [] });
  });

  it('are not told where a filter is wrong', async () => {
    const counting = dataOf(['name'], 'received_from').counts(readState(''));
    await expect(counting).rejects.toMatchObject({ code: 'filter_too_broad' });
  });
});
