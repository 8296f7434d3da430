import type { WhenceEvent } from '../api/event-types.js';

/**
 * Events, newest first, each as it was told last. At most so many: while new ones come, the oldest go.
 */
export class EventList {
  private byId = new Map<string, WhenceEvent>();
  private sorted: readonly WhenceEvent[] = [];

  constructor(private most: number) {}

  get events(): readonly WhenceEvent[] {
    return this.sorted;
  }

  has(taskId: string): boolean {
    return this.byId.has(taskId);
  }

  /** Takes in events; where one comes again, its outcome counts and not what it was before. */
  merge(events: readonly WhenceEvent[]): void {
    for (const event of events) {
      const known = this.byId.get(event.task_id);
      if (known === undefined || !isOlderNews(event, known)) this.byId.set(event.task_id, event);
    }
    this.sort();
  }

  /** Takes in older events than all it has, for which it makes room. */
  append(events: readonly WhenceEvent[]): void {
    this.most = Math.max(this.most, this.byId.size + events.length);
    this.merge(events);
  }

  /** Keeps those alone that pass. */
  keep(passes: (event: WhenceEvent) => boolean): void {
    if (this.sorted.every(passes)) return;
    this.byId = new Map([...this.byId].filter(([, event]) => passes(event)));
    this.sort();
  }

  private sort(): void {
    const all = [...this.byId.values()].sort(newestFirst);
    this.sorted = all.slice(0, this.most);
    for (const { task_id } of all.slice(this.most)) this.byId.delete(task_id);
  }
}

/** A stream may tell again what it has told, and a listing may be older than what the stream has told. */
function isOlderNews(event: WhenceEvent, known: WhenceEvent): boolean {
  return event.location_status === 'pending' && known.location_status !== 'pending';
}

function newestFirst(one: WhenceEvent, other: WhenceEvent): number {
  if (one.received_at !== other.received_at) return one.received_at < other.received_at ? 1 : -1;
  return one.task_id < other.task_id ? 1 : -1;
}
