import { DATABASE_KINDS } from '../support/fresh-database.js';
import { eventCountsContract } from './event-counts.contract.js';

for (const kind of DATABASE_KINDS) eventCountsContract(kind);
