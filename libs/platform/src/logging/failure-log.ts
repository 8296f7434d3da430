import type { Logger } from '@nestjs/common';
import { isDatabaseUnavailable } from '../database/database-failure.js';
import { isRedisUnavailable } from '../redis/redis-failure.js';
import { LastingFault } from './lasting-fault.js';

/**
 * Logs why a work that is tried over and over has failed: that the database or Redis is away or refuses is a warning, in few
 * lines however often it happens; what else there is is a fault of the program, and an error each time.
 */
export class FailureLog {
  private readonly unavailable: LastingFault;

  /** @param message such as "taking a lookup job failed" */
  constructor(
    private readonly logger: Logger,
    private readonly message: string,
  ) {
    this.unavailable = new LastingFault(logger, `${message}: has not happened for a minute`);
  }

  note(error: unknown): void {
    const isUnavailable = isDatabaseUnavailable(error) || isRedisUnavailable(error);
    if (isUnavailable) this.unavailable.strike({ msg: this.message, reason: (error as Error).message });
    else this.logger.error({ msg: this.message, err: error });
  }
}
