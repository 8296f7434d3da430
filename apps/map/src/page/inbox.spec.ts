import { describe, expect, it } from 'vitest';
import { Inbox } from './inbox.js';

const message = (name: string, task_id: number) => ({ name, data: JSON.stringify({ task_id }) });

describe('Inbox', () => {
  it('hands out what has come, once', () => {
    const inbox = new Inbox();
    inbox.push([message('accepted', 1)]);
    inbox.push([message('located', 1), message('accepted', 2)]);
    expect(inbox.take()).toEqual({ events: [{ task_id: 1 }, { task_id: 1 }, { task_id: 2 }], accepted: 2, skipped: 0 });
    expect(inbox.take()).toEqual({ events: [], accepted: 0, skipped: 0 });
  });

  it('counts all and reads the newest where more comes than can be shown', () => {
    const inbox = new Inbox();
    const messages = Array.from({ length: 5_000 }, (_, index) => message('accepted', index));
    for (let from = 0; from < messages.length; from += 64) inbox.push(messages.slice(from, from + 64));
    const { events, accepted, skipped } = inbox.take();
    expect([events.length, accepted, skipped]).toEqual([100, 5_000, 4_900]);
    expect(events.at(-1)).toEqual({ task_id: 4_999 });
  });
});
