import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '#libs/platform';
import { parseIpAddress } from './domain/ip-address.js';
import { truncatedAddress } from './domain/truncated-address.js';

const HOUR_MS = 3_600_000;

/**
 * What the hash of a lookup key begins with, and no lookup key does: those begin with a hexadecimal digit or a colon, which
 * come before it in the order of texts.
 */
export const HASHED_KEY_PREFIX = 'hmac:';

/** What may be kept of addresses, as IP_RETENTION says: of those whose lookup is done, and of those that are counted. */
@Injectable()
export class AddressRetention {
  /** True where addresses are kept whole: nothing here changes anything then. */
  readonly keepsAll: boolean;
  private readonly truncates: boolean;
  private readonly secret: KeyObject | null;
  private readonly deadlineMs: number;

  constructor({ ipRetention, ipHashSecret, ipRetentionDeadlineHours }: Settings) {
    this.keepsAll = ipRetention === 'full';
    this.deadlineMs = this.keepsAll ? Infinity : Math.round(ipRetentionDeadlineHours * HOUR_MS);
    this.truncates = ipRetention === 'truncate';
    this.secret = this.keepsAll ? null : createSecretKey(ipHashSecret ?? '', 'utf8');
  }

  /** What is kept of an address: itself, its network (203.0.113.0, 2001:db8:1::) or nothing. @throws Error for other text */
  kept(address: string): string | null {
    if (this.keepsAll) return address;
    if (!this.truncates) return null;
    const parsed = parseIpAddress(address);
    if (parsed === null) throw new Error('expected an IP address');
    return truncatedAddress(parsed);
  }

  /** What is kept of each address of a lookup key that is not kept whole: the same for all of them. */
  keptOf(lookupKey: string): string | null {
    return this.kept(lookupKey.replace(/\/64$/, ''));
  }

  /** When the address of an event that was received then is forgotten at the latest. Epoch milliseconds, or Infinity for never. */
  forgottenAtMs(receivedAtMs: number): number {
    return receivedAtMs + this.deadlineMs;
  }

  /** The addresses of which events are forgotten by a time: of those that were received until then. -Infinity for of none. */
  forgottenIfReceivedByMs(timeMs: number): number {
    return timeMs - this.deadlineMs;
  }

  /** The name under which something is remembered of a lookup key: itself, or 48 characters that nobody can read it from. */
  rememberedAs(lookupKey: string): string {
    if (this.secret === null) return lookupKey;
    return HASHED_KEY_PREFIX + createHmac('sha256', this.secret).update(lookupKey).digest('base64url');
  }
}
