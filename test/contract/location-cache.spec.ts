import { Logger } from '@nestjs/common';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { locationCacheContract } from './location-cache.contract.js';

Logger.overrideLogger(false);

for (const kind of DATABASE_KINDS) locationCacheContract(kind);
