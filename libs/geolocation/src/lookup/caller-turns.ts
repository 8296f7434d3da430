/** When a caller has its next turn. */
export interface CallerTurn {
  readonly caller: string;
  readonly turn: number;
}

/**
 * Whose lookup goes next. Callers take turns, one lookup each: one who asks for many addresses makes the others wait for one
 * of them, and not for all. This is start-time fair queueing with equal weights (Goyal, Vin, Cheng: SIGCOMM 1996), where a
 * turn is the start tag of a caller's next lookup.
 */
export class CallerTurns {
  private readonly next = new Map<string, number>();
  private latest = 0;

  /** The smallest goes first. Whoever has waited for nothing has saved nothing: the turn is never before the latest. */
  of(caller: string): number {
    return Math.max(this.latest, this.next.get(caller) ?? 0);
  }

  /**
   * A function that tells of several callers who has its turn first, and when that is; of equal ones the first by name. It is to be
   * called many times, until one has had its turn.
   */
  firstOfEach(): (callers: readonly string[]) => CallerTurn {
    const turns = new Map<string, CallerTurn>();
    const turnOf = (caller: string): CallerTurn => {
      let turn = turns.get(caller);
      if (turn === undefined) turns.set(caller, (turn = { caller, turn: this.of(caller) }));
      return turn;
    };
    return (callers) => callers.map(turnOf).reduce((one, other) => (isBefore(other, one) ? other : one));
  }

  /** The caller has had its turn. */
  take(caller: string): void {
    this.latest = this.of(caller);
    this.next.set(caller, this.latest + 1);
    for (const [other, turn] of this.next) if (turn <= this.latest) this.next.delete(other);
  }
}

function isBefore(one: CallerTurn, other: CallerTurn): boolean {
  return one.turn === other.turn ? one.caller < other.caller : one.turn < other.turn;
}
