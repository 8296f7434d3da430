import type { ApiError } from '../api/api-error.js';
import type { KeyEntry } from '../key/key-entry.js';
import type { KeyStore } from '../key/key-store.js';

/** Asks for an API key when the API wants one: once, and again only when one was entered that is refused too. */
export class KeyGate {
  private hasAsked = false;

  constructor(
    private readonly store: Pick<KeyStore, 'key' | 'keep'>,
    private readonly entry: Pick<KeyEntry, 'ask'>,
  ) {}

  /** Whoever has left the question without an answer is not asked again: a button leads back to it. */
  ask(error: ApiError): void {
    if (this.hasAsked) return;
    this.hasAsked = true;
    this.entry.ask(this.store.key === null ? '' : error.message);
  }

  /** Takes the key that was entered. */
  enter(key: string): void {
    this.store.keep(key);
    this.hasAsked = false;
  }
}
