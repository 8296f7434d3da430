import type { Chance } from './chance.js';

/** New addresses of a rush: 6 s of the budget. */
const NEW_IN_A_RUSH = 30;
/** At 50 submissions a second some 17 new addresses a second, more than three times the budget. */
const ONE_NEW_OF_A_RUSH = 3;
/** At 50 submissions a second one new address every two seconds. */
const ONE_NEW_OF_QUIET = 100;
/** More than a rush has, so that its addresses come again once it is over: those whose first events were refused, too. */
const COME_AGAIN = 40;

/**
 * Where submissions come from. In a rush there are more new addresses than the budget can locate, so that there is a backlog
 * when a fault strikes and when it is over; at other times few, and addresses that came already.
 */
export class SourceAddresses {
  private readonly recent: string[] = [];
  private leftOfRush = 0;
  private given = 0;
  private made = 0;

  constructor(
    private readonly newAddress: () => string,
    private readonly chance: Chance,
  ) {}

  /** How many different ones there were. */
  get count(): number {
    return this.made;
  }

  rush(): void {
    this.leftOfRush = NEW_IN_A_RUSH;
  }

  next(): string {
    const oneNewOf = this.leftOfRush > 0 ? ONE_NEW_OF_A_RUSH : ONE_NEW_OF_QUIET;
    const isNew = this.given++ % oneNewOf === 0 || this.recent.length === 0;
    return isNew ? this.add() : this.chance.pick(this.recent);
  }

  private add(): string {
    const address = this.newAddress();
    this.made++;
    this.leftOfRush = Math.max(0, this.leftOfRush - 1);
    this.recent.push(address);
    if (this.recent.length > COME_AGAIN) this.recent.shift();
    return address;
  }
}
