const ITEM = 'whence-key';

/**
 * The API key of this tab: in no cookie, and in nothing that other tabs share. It is in `sessionStorage`, so that it outlives a
 * reload. That is not for this tab alone: one that is duplicated from it, or that a script of it opens, begins with a copy, and
 * a browser that brings closed tabs back brings it back too, from its disk. Where storage is forbidden, it is in memory
 * and goes with the page.
 */
export class KeyStore {
  private kept = tried(() => sessionStorage.getItem(ITEM)) ?? null;

  get key(): string | null {
    return this.kept;
  }

  keep(key: string): void {
    this.kept = key;
    tried(() => sessionStorage.setItem(ITEM, key));
  }

  forget(): void {
    this.kept = null;
    tried(() => sessionStorage.removeItem(ITEM));
  }
}

/** Browsers that forbid storage throw at its very name. */
function tried<Result>(use: () => Result): Result | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
