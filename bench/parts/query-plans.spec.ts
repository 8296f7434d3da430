import { describe, expect, it } from 'vitest';
import { scansAndSorts } from './query-plans.js';

describe('scansAndSorts', () => {
  it.each([
    ['a walk along an index', ['SCAN event USING INDEX event_by_name'], 0, 0],
    ['a search', ['SEARCH EventEntity USING INDEX sqlite_autoindex_event_1 (task_id=?)'], 0, 0],
    ['a full scan', ['SCAN event'], 1, 0],
    ['a sort of events', ['SEARCH event USING INDEX event_by_name (name=?)', 'USE TEMP B-TREE FOR ORDER BY'], 1, 0],
    ['a sort of a page', ['SEARCH event USING INDEX x', 'SCAN part_0', 'USE TEMP B-TREE FOR ORDER BY'], 0, 1],
  ])('sees in a plan of SQLite %s', (_name, plan, ofEvents, ofGathered) => {
    expect(scansAndSorts('sqlite', plan)).toEqual({ ofEvents, ofGathered });
  });

  it.each([
    ['a range of an index', ['event: range, key event_by_name, rows 9, Using where; Using index'], 0, 0],
    ['a full scan', ['event: ALL, key null, rows 300000, Using where'], 1, 0],
    ['a sort of events', ['EventEntity: range, key event_by_name, rows 9, Using filesort'], 1, 0],
    ['a sort of a page', ['<union1,3>: ALL, key null, rows null, Using filesort', 'event: range, key x, rows 1'], 0, 1],
  ])('sees in a plan of MariaDB %s', (_name, plan, ofEvents, ofGathered) => {
    expect(scansAndSorts('mariadb', plan)).toEqual({ ofEvents, ofGathered });
  });
});
