import { beforeEach, describe, expect, it } from 'vitest';
import { readState } from '../address/page-state.js';
import { LiveList } from '../list/live-list.js';
import { sampleEvent } from '../testing/sample-events.js';
import { listState } from './list-state.js';

const REFUSAL = 'They are shown to who has an API key.';
const QUIET = { openTaskId: null, rate: 0, isLoading: false, refusal: '' };

describe('what is shown of a list', () => {
  let list: LiveList;
  beforeEach(async () => {
    list = new LiveList(readState('?range=all'));
    await list.readNewest(async () => ({ page: { events: [sampleEvent()], next_cursor: 'next' }, query: {} }));
  });

  it('says that nothing new comes where the API tells of events no more, and does not offer older ones', () => {
    expect(listState(list, QUIET)).toMatchObject({ summary: '', hasOlder: true });
    expect(listState(list, { ...QUIET, rate: 500, refusal: REFUSAL })).toMatchObject({
      summary: `No new events come. ${REFUSAL}`,
      hasOlder: false,
      events: { length: 1 },
    });
  });

  it('says why there are none, where none were told', () => {
    const none = new LiveList(readState(''));
    expect(listState(none, { ...QUIET, refusal: REFUSAL })).toMatchObject({ summary: '', refusal: REFUSAL });
  });

  it('says that it shows the newest alone where more come than can be followed, unless it is paused', () => {
    expect(listState(list, { ...QUIET, rate: 21 }).summary).toMatch(/^About 21 events a second/);
    list.pause(Date.now());
    expect(listState(list, { ...QUIET, rate: 21 }).summary).toBe('');
  });
});
