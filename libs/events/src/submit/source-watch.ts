import { Injectable, Logger } from '@nestjs/common';
import { AddressRetention } from '#libs/geolocation';

/** Submissions of one look. */
const LOOK_AT = 200;

/** Why most submissions seem to come from a proxy and not from clients. */
export type SourceSuspicion =
  /** The address is none of the Internet, and no X-Forwarded-For came with the requests. */
  | 'says nothing of its clients'
  /** The requests had an X-Forwarded-For that was not believed. */
  | 'is not trusted';

/** How a submission came. */
export interface SeenSource {
  readonly address: string;
  /** Whether no geolocation can know it. */
  readonly isPrivate: boolean;
  /** Whether an X-Forwarded-For came along that was not believed. */
  readonly isForwardedInVain: boolean;
}

/** What an operator should know: all events get the address of a proxy, since a setting is wrong. */
export interface SuspectedProxy {
  /** What IP_RETENTION keeps of it: it may be the address of a person after all. */
  readonly address: string | null;
  readonly because: SourceSuspicion;
  /** What to change, for people. */
  readonly advice: string;
}

/**
 * Notices that most submissions have the address of one proxy, which no event comes from. Of each 200 submissions the one
 * address is found that more than half of the 200 before may have had (Boyer and Moore's majority vote), and counted: at the
 * price of a comparison for each submission.
 */
@Injectable()
export class SourceWatch {
  private readonly logger = new Logger(SourceWatch.name);
  private seen = 0;
  private vote = { address: '', surplus: 0 };
  private candidate = '';
  private ofCandidate = 0;
  private forwardedInVain = 0;
  private isPrivate = false;
  private found: SuspectedProxy | null = null;

  constructor(private readonly addresses: AddressRetention) {}

  /** The proxy that most of the latest submissions seem to have come from; null where they came from clients. */
  get suspected(): SuspectedProxy | null {
    return this.found;
  }

  note({ address, isPrivate, isForwardedInVain }: SeenSource): void {
    if (this.vote.surplus === 0) this.vote.address = address;
    this.vote.surplus += this.vote.address === address ? 1 : -1;
    if (address === this.candidate) {
      this.ofCandidate++;
      this.isPrivate = isPrivate;
      if (isForwardedInVain) this.forwardedInVain++;
    }
    if (++this.seen === LOOK_AT) this.conclude();
  }

  private conclude(): void {
    const because = this.suspicion();
    const suspected =
      because === null ? null : { address: this.addresses.kept(this.candidate), because, advice: ADVICE[because] };
    if (suspected?.address !== this.found?.address || suspected?.because !== this.found?.because) this.tell(suspected);
    this.found = suspected;
    this.candidate = this.vote.address;
    this.vote = { address: '', surplus: 0 };
    this.seen = this.ofCandidate = this.forwardedInVain = 0;
  }

  private suspicion(): SourceSuspicion | null {
    if (this.ofCandidate <= LOOK_AT / 2) return null;
    if (this.forwardedInVain > this.ofCandidate / 2) return 'is not trusted';
    return this.isPrivate ? 'says nothing of its clients' : null;
  }

  /** Without the address: it may be that of a person after all. /health has it. */
  private tell(suspected: SuspectedProxy | null): void {
    if (suspected === null) this.logger.log('submissions come from many addresses again');
    else
      this.logger.warn({
        msg: `TRUSTED_PROXIES: most submissions come from one proxy that ${suspected.because}`,
        advice: suspected.advice,
      });
  }
}

const ADVICE: Readonly<Record<SourceSuspicion, string>> = {
  'is not trusted':
    'TRUSTED_PROXIES: add the address (or the network) of the proxy, so that the X-Forwarded-For which it sends is believed.',
  'says nothing of its clients':
    'Let the proxy send X-Forwarded-For, and TRUSTED_PROXIES name it; where there is none, these clients are in its own network.',
};
