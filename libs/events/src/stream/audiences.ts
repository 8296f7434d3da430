import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { StoredEvent } from '../domain/event.js';
import type { EventDto } from '../fetch/event.dto.js';
import { EventPresenter } from '../fetch/event-presenter.js';
import { EventRepository } from '../persistence/event.repository.js';
import { Audience } from './audience.js';
import type { FeedKind } from '../feed/event-feed.js';
import type { Happening } from './happenings.js';
import { ReadsInTime } from './reads-in-time.js';
import { serverSentEvent, type StreamEventName } from './server-sent-event.js';
import type { StreamClient } from './stream-client.js';
import { StreamLimits } from './stream-limits.js';
import type { StreamPosition } from './stream-position.js';

interface Message {
  readonly taskId: string;
  readonly bytes: Buffer | null;
}

/**
 * Tells clients what happened: reads the events once for all of them, and tests them once for each filter. However many
 * filters there are, everything else has its turn every few milliseconds.
 */
@Injectable()
export class Audiences {
  private turnBeganMs = 0;
  private readonly reads: ReadsInTime;

  constructor(
    private readonly events: EventRepository,
    private readonly presenter: EventPresenter,
    private readonly limits: StreamLimits,
  ) {
    this.reads = new ReadsInTime(limits.longestReadMs);
  }

  /** Tells those of the clients who have joined by now. Rejects when the events cannot be read in time. */
  async tell(clients: ReadonlySet<StreamClient>, group: readonly Happening[], position: StreamPosition): Promise<void> {
    const audiences = Audience.of([...clients].filter(({ hasJoined }) => hasJoined));
    if (audiences.length === 0) return;
    const taskIds = [...new Set(group.map(({ taskId }) => taskId))];
    const found = await this.reads.inTime(() => this.events.findMany(taskIds));
    const events = new Map(found.map((event) => [event.taskId, event]));
    this.turnBeganMs = performance.now();
    const wanted = await this.wantedBy(audiences, events);
    const heard = new Set(wanted.flatMap((ids) => [...ids]));
    const presentable = [...events.values()].filter(({ taskId }) => heard.has(taskId));
    const dtos = await this.reads.inTime(() => this.presenter.present(presentable));
    const presented = new Map(dtos.map((event) => [event.task_id, event]));
    const messages = group.map(({ kind, taskId }) => ({
      taskId,
      bytes: messageOf(kind, events.get(taskId), presented.get(taskId), position),
    }));
    this.turnBeganMs = performance.now();
    for (const [index, audience] of audiences.entries()) {
      audience.tell(bytesFor(wanted[index], messages));
      if (await this.hasRested()) this.shed(clients);
    }
    this.shed(clients);
  }

  private async wantedBy(
    audiences: readonly Audience[],
    events: ReadonlyMap<string, StoredEvent>,
  ): Promise<ReadonlySet<string>[]> {
    const wanted: ReadonlySet<string>[] = [];
    for (const audience of audiences) {
      wanted.push(audience.wanted(events.values()));
      await this.hasRested();
    }
    return wanted;
  }

  private async hasRested(): Promise<boolean> {
    if (performance.now() - this.turnBeganMs < this.limits.longestTurnMs) return false;
    await nextTurn();
    this.turnBeganMs = performance.now();
    return true;
  }

  /** Cuts off those for whom most waits, until the others fit. What is shared between clients is counted for each. */
  shed(clients: ReadonlySet<StreamClient>): void {
    let waitingBytes = 0;
    for (const client of clients) waitingBytes += client.waitingBytes;
    if (waitingBytes <= this.limits.mostWaitingBytes) return;
    for (const client of [...clients].sort((one, other) => other.waitingBytes - one.waitingBytes)) {
      waitingBytes -= client.waitingBytes;
      client.cutOff();
      if (waitingBytes <= this.limits.mostWaitingBytes) return;
    }
  }
}

function bytesFor(wanted: ReadonlySet<string> | undefined, messages: readonly Message[]): Buffer[] {
  if (wanted === undefined || wanted.size === 0) return [];
  return messages.flatMap(({ taskId, bytes }) => (bytes !== null && wanted.has(taskId) ? [bytes] : []));
}

function messageOf(
  kind: FeedKind,
  event: StoredEvent | undefined,
  presented: EventDto | undefined,
  position: StreamPosition,
): Buffer | null {
  if (event === undefined || presented === undefined) return null;
  const name: StreamEventName | 'pending' = kind === 'accepted' ? kind : event.location.status;
  return name === 'pending' ? null : serverSentEvent(name, presented, position);
}
