import { Logger } from '@nestjs/common';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { eventRepositoryContract } from './event-repository.contract.js';

Logger.overrideLogger(false);

for (const kind of DATABASE_KINDS) eventRepositoryContract(kind);
