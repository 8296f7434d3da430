import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/platform';
import { firstTaskId } from '../../domain/task-ids.js';
import { EventRepository } from '../../persistence/event.repository.js';
import { type Claim, type Judgement, judgeReservation, type Verdict } from './judge-reservation.js';
import type { ReservationEntity } from './reservation.entity.js';
import { ReservationRepository } from './reservation.repository.js';

/** In each a claim may find that others have changed the reservation. Nearly always the first or second decides. */
const MOST_ROUNDS = 8;

/** A claim on its way to its verdict. */
export class Ticket implements Claim {
  readonly firstTaskId = firstTaskId();
  sharedAtMs: number | null = null;
  /** Null until it is known, and for good where the reservation never stood still. */
  verdict: Verdict | null = null;

  constructor(
    readonly keyHash: string,
    readonly bodyHash: string,
  ) {}
}

interface Judged {
  readonly ticket: Ticket;
  readonly found: ReservationEntity;
  readonly judgement: Judgement;
}

/** Decides claims against the reservations in the database: many with a few statements, each of them safe by itself. */
@Injectable()
export class Reservations {
  constructor(
    private readonly reservations: ReservationRepository,
    private readonly events: EventRepository,
    private readonly clock: Clock,
  ) {}

  /** Gives each ticket its verdict. @param withinMs after that nobody waits for it any more, and it reserves nothing new */
  async decide(tickets: readonly Ticket[], withinMs: number): Promise<void> {
    const latestMs = performance.now() + withinMs;
    let undecided = [...tickets];
    for (let round = 0; undecided.length > 0 && round < MOST_ROUNDS; round++) {
      const judged = await this.judge(undecided, latestMs - performance.now());
      await this.share(judged.filter(({ judgement }) => judgement.do === 'share'));
      const stored = await this.storedOf(judged.filter(({ judgement }) => judgement.do === 'look'));
      for (const one of judged) await this.conclude(one, stored.has(one.found.firstTaskId));
      undecided = undecided.filter(({ verdict }) => verdict === null);
    }
  }

  private async judge(tickets: readonly Ticket[], beginsWithinMs: number): Promise<Judged[]> {
    const nowMs = this.clock.nowMs();
    const fresh = tickets.map((ticket) => newReservation(ticket, ticket.firstTaskId, nowMs));
    await this.reservations.insertIfAbsent(fresh, beginsWithinMs);
    const found = await this.reservations.find(tickets.map(({ keyHash }) => keyHash));
    return tickets.flatMap((ticket) => {
      const row = found.get(ticket.keyHash);
      return row === undefined ? [] : [{ ticket, found: row, judgement: judgeReservation(row, ticket, nowMs) }];
    });
  }

  private async share(sharing: readonly Judged[]): Promise<void> {
    if (sharing.length === 0) return;
    const nowMs = this.clock.nowMs();
    for (const { ticket } of sharing) ticket.sharedAtMs = nowMs;
    await this.reservations.share(idsOf(sharing), nowMs);
  }

  /** Whose events are stored. They stay so for the key, even if whoever stored them could not say so. */
  private async storedOf(looking: readonly Judged[]): Promise<Set<string>> {
    if (looking.length === 0) return new Set();
    const stored = await this.events.existing(looking.map(({ found }) => found.firstTaskId));
    const completed = looking.filter(({ found }) => stored.has(found.firstTaskId));
    if (completed.length > 0) await this.reservations.complete(idsOf(completed));
    return stored;
  }

  private async conclude({ ticket, found, judgement }: Judged, isStored: boolean): Promise<void> {
    if (judgement.do === 'share') return;
    const looked = judgement.do === 'look' ? judgement.otherwise : judgement;
    if (judgement.do === 'look' && isStored) ticket.verdict = judgement.ifStored;
    else if (looked.do === 'decide') ticket.verdict = looked.verdict;
    else {
      const next = newReservation(ticket, looked.firstTaskId, this.clock.nowMs());
      if (!(await this.reservations.replace(found, next))) return;
      ticket.verdict = { is: 'write', firstTaskId: looked.firstTaskId, isOwner: true };
    }
  }
}

function newReservation({ keyHash, bodyHash }: Ticket, firstTaskId: string, nowMs: number): ReservationEntity {
  return { keyHash, bodyHash, firstTaskId, state: 'reserved', touchedAtMs: nowMs, createdAtMs: nowMs };
}

function idsOf(judged: readonly Judged[]): ReservationEntity[] {
  return judged.map(({ found }) => found);
}
