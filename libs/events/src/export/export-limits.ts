import type { LeastTaken } from '#libs/platform';

/** What exports may cost a process. A class, so that it can be injected; tests have smaller ones. */
export class ExportLimits {
  /** Exports at once. Each holds up to 2 MB while its client takes nothing. */
  readonly mostExports: number = 20;
  /**
   * What a client has to take of what is there for it: 8 KiB/s over two minutes. Not over one: the operating system takes
   * nothing more before a third of a socket's buffer is empty (1.5 of 4 MB), for which a link of 32 kB/s needs 50 s.
   */
  readonly leastTaken: LeastTaken = { bytes: 960 * 1024, withinMs: 120_000 };
  /** From the request to the end of the first page, with the wait for its turn. */
  readonly longestBeginMs: number = 10_000;
  /** How long a page may be read, where the database waits. */
  readonly longestPageMs: number = 10_000;
}
