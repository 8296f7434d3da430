/** What exports may cost a process. A class, so that it can be injected; tests have smaller ones. */
export class ExportLimits {
  /** Exports at once. Each holds up to 2 MB while its client takes nothing. */
  readonly mostExports: number = 20;
  /** How long a client may take nothing of what is there for it. */
  readonly longestStallMs: number = 60_000;
  /** From the request to the end of the first page, with the wait for its turn. */
  readonly longestBeginMs: number = 10_000;
  /** How long a page may be read, where the database waits. */
  readonly longestPageMs: number = 10_000;
}
