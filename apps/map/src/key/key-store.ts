const ITEM = 'whence-key';

/** The API key, for this tab and no longer than it: no other tab, cookie or disk has it. */
export class KeyStore {
  get key(): string | null {
    return sessionStorage.getItem(ITEM);
  }

  keep(key: string): void {
    sessionStorage.setItem(ITEM, key);
  }

  forget(): void {
    sessionStorage.removeItem(ITEM);
  }
}
