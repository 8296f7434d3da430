import { Logger } from '@nestjs/common';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { eventRepositoryContract } from './event-repository.contract.js';
import { waitingEventsContract } from './waiting-events.contract.js';

Logger.overrideLogger(false);

for (const kind of DATABASE_KINDS) {
  eventRepositoryContract(kind);
  waitingEventsContract(kind);
}
