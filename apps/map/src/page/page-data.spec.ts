import { beforeEach, describe, expect, it } from 'vitest';
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
  let asked: Query[];
  beforeEach(() => {
    asked = [];
  });
  const get = async (_path: string, query: Query) => {
    asked.push(query);
    return { events: [{ task_id: 'a' }], next_cursor: 'more' };
  };
  const data = new PageData({ get } as unknown as ApiClient);

  it('are the newest thousand that meet the filters', async () => {
    expect(await data.located(readState('?name=Door'))).toEqual([{ task_id: 'a' }]);
    expect(asked).toEqual([expect.objectContaining({ name: 'Door', location_status: 'located', limit: '1000' })]);
  });

  it('are not asked for where the filters ask for others', async () => {
    expect(await data.located(readState('?location_status=pending'))).toEqual([]);
    expect(asked).toEqual([]);
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
