import { Logger } from '@nestjs/common';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { reservationRepositoryContract } from './reservation-repository.contract.js';

Logger.overrideLogger(false);

for (const kind of DATABASE_KINDS) reservationRepositoryContract(kind);
