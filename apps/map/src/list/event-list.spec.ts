import { describe, expect, it } from 'vitest';
import { locatedEvent, sampleEvent } from '../testing/sample-events.js';
import { EventList } from './event-list.js';

const at = (second: number) => ({
  task_id: `id-${second}`,
  received_at: `2026-11-23T18:00:${String(second).padStart(2, '0')}.000Z`,
});
const idsIn = (list: EventList) => list.events.map(({ task_id }) => task_id);

describe('EventList', () => {
  it('has the newest first, however they come', () => {
    const list = new EventList(10);
    list.merge([sampleEvent(at(2)), sampleEvent(at(1))]);
    list.merge([sampleEvent(at(3))]);
    expect(idsIn(list)).toEqual(['id-3', 'id-2', 'id-1']);
  });

  it('shows each event as it was told last, and never as pending again', () => {
    const list = new EventList(10);
    list.merge([sampleEvent(at(1))]);
    list.merge([locatedEvent(at(1))]);
    expect(list.events.map(({ location_status }) => location_status)).toEqual(['located']);
    list.merge([sampleEvent(at(1))]);
    expect(list.events.map(({ location_status }) => location_status)).toEqual(['located']);
  });

  it('lets the oldest go', () => {
    const list = new EventList(2);
    list.merge([1, 2, 3].map((second) => sampleEvent(at(second))));
    expect([idsIn(list), list.has('id-1'), list.has('id-2')]).toEqual([['id-3', 'id-2'], false, true]);
  });

  it('makes room for older ones that were asked for', () => {
    const list = new EventList(2);
    list.merge([3, 4].map((second) => sampleEvent(at(second))));
    list.append([1, 2].map((second) => sampleEvent(at(second))));
    expect(idsIn(list)).toEqual(['id-4', 'id-3', 'id-2', 'id-1']);
  });

  it('keeps what passes', () => {
    const list = new EventList(10);
    list.merge([sampleEvent(at(1)), locatedEvent(at(2))]);
    list.keep(({ location_status }) => location_status === 'pending');
    expect(idsIn(list)).toEqual(['id-1']);
  });
});
