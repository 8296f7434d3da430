import { describe, expect, it } from 'vitest';
import { MOST_POINTS } from '../map/map-points.js';
import { Inbox } from './inbox.js';

const message = (name: string, task_id: string, isLocated = name === 'located') => ({
  name,
  data: JSON.stringify({ task_id, attributes: { location: '{' }, location: isLocated ? {} : null }),
});
const NOTHING = {
  events: [],
  acceptedUnseen: new Set(),
  skippedPlaced: [],
  accepted: 0,
  located: 0,
  skipped: 0,
  skippedAccepted: 0,
};

describe('Inbox', () => {
  it('hands out what has come, once', () => {
    const inbox = new Inbox();
    inbox.push([message('accepted', 'a')]);
    inbox.push([message('located', 'a'), message('accepted', 'b')]);
    const events = [{ task_id: 'a' }, { task_id: 'a' }, { task_id: 'b' }];
    expect(inbox.take()).toMatchObject({ ...NOTHING, events, accepted: 2, located: 1 });
    expect(inbox.take()).toEqual(NOTHING);
  });

  it('counts once what a stream tells again when it comes back', () => {
    const inbox = new Inbox();
    inbox.push([message('accepted', 'a', true), message('accepted', 'b')]);
    expect(inbox.take()).toMatchObject({ accepted: 2, located: 1 });
    inbox.push([message('accepted', 'a', true), message('located', 'b'), message('accepted', 'c')]);
    inbox.push([message('located', 'b')]);
    expect(inbox.take()).toMatchObject({ accepted: 1, located: 1, events: { length: 4 } });
  });

  it('reads on past a message that cannot be read', () => {
    const inbox = new Inbox();
    inbox.push([{ name: 'accepted', data: '<html>' }, message('accepted', 'a')]);
    expect(inbox.take().events).toEqual([expect.objectContaining({ task_id: 'a' })]);
    expect(inbox.take()).toEqual(NOTHING);
  });

  it('counts all and reads the newest where more comes than can be shown', () => {
    const inbox = new Inbox();
    const messages = Array.from({ length: 5_000 }, (_, index) =>
      message(index % 2 === 0 ? 'accepted' : 'located', `${index - (index % 2)}`),
    );
    for (let from = 0; from < messages.length; from += 64) inbox.push(messages.slice(from, from + 64));
    const { events, skippedPlaced, acceptedUnseen, ...counts } = inbox.take();
    expect(counts).toEqual({ accepted: 2_500, located: 2_500, skipped: 4_900, skippedAccepted: 2_450 });
    expect([events.length, events.at(-1)]).toEqual([100, expect.objectContaining({ task_id: '4998' })]);
    expect(skippedPlaced.map(({ task_id: id }) => id)).toEqual(
      Array.from({ length: 2_450 }, (_, index) => `${2 * index}`),
    );
    expect([acceptedUnseen, inbox.take()]).toEqual([new Set(), NOTHING]);
    inbox.push([message('located', '4'), message('located', '4998')]);
    expect(inbox.take().acceptedUnseen).toEqual(new Set(['4']));
  });

  it('keeps no more places of what it has skipped than a map can have', () => {
    const inbox = new Inbox();
    for (let index = 0; index < 3 * MOST_POINTS; index++) inbox.push([message('located', `${index}`)]);
    const { events, skippedPlaced } = inbox.take();
    expect([skippedPlaced.length, skippedPlaced[0], events[0]]).toMatchObject([
      MOST_POINTS,
      { task_id: String(2 * MOST_POINTS - 100) },
      { task_id: String(3 * MOST_POINTS - 100) },
    ]);
  });

  it('keeps one place of an event that it has skipped twice, the last one', () => {
    const inbox = new Inbox();
    const ids = Array.from({ length: 4_000 }, (_, index) => `${index}`);
    for (const id of ids) inbox.push([message('accepted', id, true), message('located', id)]);
    inbox.push([message('located', '0'), ...ids.slice(0, 100).map(() => message('accepted', 'last'))]);
    const skipped = inbox.take().skippedPlaced.map(({ task_id: id }) => id);
    expect(skipped).toEqual([...ids.slice(1), '0']);
  });
});
