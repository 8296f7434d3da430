import { randomUUID } from 'node:crypto';
import { type Clock, pause, unlessAborted } from '#libs/platform';
import type { BreakerPass, BreakerState, CallResult } from './circuit-breaker.js';
import { OrderedTurns } from './ordered-turns.js';
import { type Permit, PERMIT_LAPSES_MS } from './permit.js';

/** What is known about the gate, for people and for estimates. */
export interface GateState {
  readonly breaker: BreakerState;
  /** How many calls the API has answered so far; starts anew where the gate's state is lost. */
  readonly answers: number;
  /** Requests per second that may leave now: less than the budget for a while after a 429. */
  readonly pace: number;
  /** How long nothing may leave, since the API said 429; 0 without such a pause. */
  readonly pausedForMs: number;
  /** The share of the budget that was used in the last minute, 0 to 1. */
  readonly usedShare: number;
}

/** What may be made now: `any` calls, or only a `probe`. */
export type CallsAllowed = 'any' | 'probe';

/** 0 when a call might be made, else when to look again; and whether it would be a probe. */
export interface GateAccess {
  readonly closedForMs: number;
  readonly isProbe: boolean;
}

/** What a request that asks for a permit brings along. */
export interface PermitWish {
  /**
   * Makes ready what the request needs, so that it can leave at the very moment of its permit. Called once a call may be
   * made, and again right before each try for a permit: it then answers at once where what it made ready still stands.
   * Where it says false, nothing is taken, and it counts as a call that failed.
   */
  readonly prepare?: () => Promise<boolean>;
  /** True for what is nice to have: it leaves at least half of a window's permits to others, and lets them go first. */
  readonly isSpare?: boolean;
}

/** What an adapter says to one who asks for a permit: it has one, comes again, or starts over once calls may be made. */
export type Decision =
  { readonly kind: 'go' } | { readonly kind: 'wait'; readonly forMs: number } | { readonly kind: 'closed' };

/** The breaker has opened, or has closed again. */
export type GateListener = (change: 'opened' | 'closed') => void;

/**
 * What stands between lookups and the Geolocation API, for all processes together: the budget (at most N requests in any
 * sliding second), the pace (less for a while after a 429) and the breaker (nothing but single probes while the API
 * fails). Whoever calls the API acquires a permit right before, writes nothing once it has lapsed, says when the request has
 * been written, and reports how the call ended. A gate that starts without knowing what was spent assumes that all of it
 * just was.
 */
export abstract class RequestGate {
  private readonly name = randomUUID();
  private readonly usual = { entrance: new OrderedTurns(), permits: new OrderedTurns() };
  private readonly spare = { entrance: new OrderedTurns(), permits: new OrderedTurns() };
  private readonly listeners: GateListener[] = [];
  private readonly departedPermits = new WeakSet<Permit>();
  private lastTicket = 0;
  private lastPermit = 0;

  constructor(protected readonly clock: Clock) {}

  /**
   * Resolves when one request may leave, in the order of asking, except that whoever is prepared does not wait for those
   * who are not; rejects with the signal's reason on abort.
   * @returns the permit, or null where `prepare` said that no request can be made
   */
  async acquire(signal: AbortSignal, wish: PermitWish = {}): Promise<Permit | null> {
    signal.throwIfAborted();
    const ticket = ++this.lastTicket;
    // Decided in one step: either the caller has the permit, or it was aborted before and the permit is nobody's.
    const turn = this.takeTurn(ticket, signal, wish).then((permit) =>
      permit !== null && signal.aborted ? this.giveBack(permit, signal) : permit,
    );
    return unlessAborted(turn, signal);
  }

  /** Whether a permit is too old to write its request now. It is then given back, as cancelled. */
  hasLapsed({ askedAtMs }: Permit): boolean {
    return this.clock.monotonicMs() - askedAtMs >= PERMIT_LAPSES_MS;
  }

  /**
   * The permit's request has just been written, or may have been; said again, it changes nothing. Resolves when that is
   * noted, and never rejects: a departure that cannot be noted counts from when its permit lapses.
   */
  async departed(permit: Permit): Promise<void> {
    if (this.departedPermits.has(permit)) return;
    this.departedPermits.add(permit);
    await this.noteDeparture(permit).catch(() => {});
  }

  /** Takes note of how the call ended that a permit was for; once for each permit. One that has not departed is free. */
  async report(permit: Permit, result: CallResult): Promise<void> {
    const change = await this.end(permit, result, !this.departedPermits.has(permit));
    if (change !== null) for (const listener of this.listeners) listener(change);
  }

  /** Resolves when a call might be made: no pause is on, and the breaker is closed or a probe is due. */
  async ready(signal: AbortSignal): Promise<CallsAllowed> {
    for (;;) {
      signal.throwIfAborted();
      const { closedForMs, isProbe } = await unlessAborted(this.access(), signal);
      if (closedForMs === 0) return isProbe ? 'probe' : 'any';
      await pause(Math.min(closedForMs, LONGEST_BLIND_WAIT_MS), signal);
    }
  }

  /** Calls the listener when a call reported here has opened or closed the breaker: in one process for each change. */
  onChange(listener: GateListener): void {
    this.listeners.push(listener);
  }

  /** The API has said that it is asked too much: no permits for so long, and then fewer for a while. */
  abstract slowDown(pauseMs: number): Promise<void>;

  abstract state(): Promise<GateState>;

  protected abstract access(): Promise<GateAccess>;

  /** A pass of the breaker, for the permit that will be asked for with it, or null while no call may be made. */
  protected abstract enter(permitId: string): Promise<BreakerPass | null>;

  /** Takes the permit if it can be had; called for one caller after the other, and for one more who wants a spare one. */
  protected abstract decide(permit: Permit, isSpare: boolean): Promise<Decision>;

  /** The permit's request has left just now, at the latest. */
  protected abstract noteDeparture(permit: Permit): Promise<void>;

  /** @param isUnused nothing has left or will leave with the permit, if it was taken at all: it costs no budget */
  protected abstract end(permit: Permit, result: CallResult, isUnused: boolean): Promise<'opened' | 'closed' | null>;

  private async takeTurn(ticket: number, signal: AbortSignal, wish: PermitWish): Promise<Permit | null> {
    const { entrance } = wish.isSpare === true ? this.spare : this.usual;
    for (;;) {
      const applied = await entrance.take(ticket, signal, () => this.comeIn(signal));
      const outcome = await this.takePermit(ticket, applied, signal, wish).catch(async (error: unknown) => {
        await this.report(applied, 'cancelled');
        throw error;
      });
      if (typeof outcome === 'object') return outcome;
      await this.report(applied, outcome === 'not prepared' ? 'failed' : 'cancelled');
      if (outcome === 'not prepared') return null;
    }
  }

  /** Has a pass of the breaker: what a permit is asked for with. */
  private async comeIn(signal: AbortSignal): Promise<Permit> {
    const id = `${this.name}:${++this.lastPermit}`;
    for (;;) {
      await this.ready(signal);
      const pass = await this.enter(id);
      if (pass !== null) return { ...pass, id, askedAtMs: this.clock.monotonicMs() };
    }
  }

  /** Many may prepare at the same time; what they prepared waits for its permit one after the other. */
  private async takePermit(
    ticket: number,
    applied: Permit,
    signal: AbortSignal,
    { prepare, isSpare = false }: PermitWish,
  ): Promise<Permit | 'not prepared' | 'closed'> {
    const isPrepared = async () => prepare === undefined || (await prepare());
    signal.throwIfAborted();
    if (!(await isPrepared())) return 'not prepared';
    const { permits } = isSpare ? this.spare : this.usual;
    return permits.take(ticket, signal, async () => {
      for (;;) {
        signal.throwIfAborted();
        if (!(await isPrepared())) return 'not prepared';
        const permit = { ...applied, askedAtMs: this.clock.monotonicMs() };
        const decision = await this.decide(permit, isSpare);
        if (decision.kind === 'go') return permit;
        if (decision.kind === 'closed') return 'closed';
        await pause(decision.forMs, signal);
      }
    });
  }

  /** A probe that is not ended would hold up all others until it counts as lost. */
  private async giveBack(permit: Permit, signal: AbortSignal): Promise<never> {
    await this.report(permit, 'cancelled');
    throw signal.reason as Error;
  }
}

/** However long a gate says that it stays closed: it may open earlier by what another process has seen. */
const LONGEST_BLIND_WAIT_MS = 250;

/**
 * Added to the second that the budget counts over. The network takes longer for one request than for another: two that
 * leave 1,000 ms apart may arrive 995 ms apart.
 */
export const WINDOW_MARGIN_MS = 25;

/** The sliding window in milliseconds. */
export const WINDOW_MS = 1000 + WINDOW_MARGIN_MS;

/** How far back the use of the budget is measured. */
export const USE_MEASURED_MS = 60_000;

/** Requests that a gate remembers: twice the largest GEOIP_REQUESTS_PER_SECOND there is, since permits are given back. */
export const REMEMBERED_REQUESTS = 2_000;

/** How many permits there are in a window at a pace: below one per window, windows become longer. */
export function windowAt(pace: number, isSpare: boolean): { readonly permits: number; readonly windowMs: number } {
  return { permits: Math.max(1, Math.floor(isSpare ? pace / 2 : pace)), windowMs: WINDOW_MS / Math.min(1, pace) };
}
