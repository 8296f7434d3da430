import { Injectable, Logger } from '@nestjs/common';
import { AddressRetention } from '#libs/geolocation';
import { LikelyProxies } from './likely-proxies.js';

/** Submissions of one look. */
const LOOK_AT = 200;
/** Balancers have few nodes; more addresses than that are clients. */
const MOST_NODES = 3;
/** From that share on, several addresses of a network are taken for nodes: nothing else gets in where a balancer is in front. */
const SHARE_OF_NODES = 0.9;

/** Why most submissions seem to come from a proxy and not from clients. */
export type SourceSuspicion =
  /** The address is none of the Internet, and no other was forwarded. */
  | 'says nothing of its clients'
  /** X-Forwarded-For had an address to the left of it that was not believed. */
  | 'is not trusted';

/** How a submission came. */
export interface SeenSource {
  readonly address: string;
  /** Whether no geolocation can know it. */
  readonly isPrivate: boolean;
  /** Whether X-Forwarded-For had another to the left of it, which was not believed. */
  readonly isForwardedInVain: boolean;
}

/** What an operator should know: events get the addresses of proxies, since a setting is wrong. */
export interface SuspectedProxy {
  /** Of the one with the most submissions, what IP_RETENTION keeps: it may be the address of a person after all. */
  readonly address: string | null;
  readonly because: SourceSuspicion;
  /** What to change, for people. */
  readonly advice: string;
}

/**
 * Notices that most submissions have the address of a proxy, which no event comes from. Of each 200 submissions those are counted
 * that cannot be of clients: all together where something was forwarded in vain, whatever the addresses, and by the
 * address where it is private, since a network has clients of its own.
 */
@Injectable()
export class SourceWatch {
  private readonly logger = new Logger(SourceWatch.name);
  private seen = 0;
  private readonly untrusted = new LikelyProxies();
  private readonly silent = new LikelyProxies();
  private found: SuspectedProxy | null = null;

  constructor(private readonly addresses: AddressRetention) {}

  /** The proxy that most of the latest submissions seem to have come from; null where they came from clients. */
  get suspected(): SuspectedProxy | null {
    return this.found;
  }

  note({ address, isPrivate, isForwardedInVain }: SeenSource): void {
    if (isForwardedInVain) this.untrusted.count(address);
    else if (isPrivate) this.silent.count(address);
    if (++this.seen === LOOK_AT) this.conclude();
  }

  private conclude(): void {
    const suspected = this.suspicion();
    if (suspected?.because !== this.found?.because) this.tell(suspected);
    this.found = suspected;
    this.seen = 0;
    this.untrusted.clear();
    this.silent.clear();
  }

  private suspicion(): SuspectedProxy | null {
    if (this.untrusted.ofMost(Infinity) > LOOK_AT / 2) return this.suspect('is not trusted', this.untrusted);
    const isOne = this.silent.ofMost(1) > LOOK_AT / 2;
    const areNodes = this.silent.ofMost(MOST_NODES) > LOOK_AT * SHARE_OF_NODES;
    return isOne || areNodes ? this.suspect('says nothing of its clients', this.silent) : null;
  }

  private suspect(because: SourceSuspicion, proxies: LikelyProxies): SuspectedProxy {
    return { address: this.addresses.kept(proxies.foremost), because, advice: ADVICE[because] };
  }

  /** Without the address: it may be that of a person after all. /health has it. */
  private tell(suspected: SuspectedProxy | null): void {
    if (suspected === null) this.logger.log('submissions come from many addresses again');
    else
      this.logger.warn({
        msg: `TRUSTED_PROXIES: most submissions come from a proxy that ${suspected.because}`,
        advice: suspected.advice,
      });
  }
}

const ADVICE: Readonly<Record<SourceSuspicion, string>> = {
  'is not trusted':
    'X-Forwarded-For has another address to the left of it, which is not believed: add the proxy (or its network) to TRUSTED_PROXIES, or raise the number of hops there.',
  'says nothing of its clients':
    'Let the proxy send X-Forwarded-For, and TRUSTED_PROXIES name it; where there is none, these clients are in its own network.',
};
