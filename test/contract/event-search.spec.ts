import { DATABASE_KINDS } from '../support/fresh-database.js';
import { eventSearchContract } from './event-search.contract.js';

for (const kind of DATABASE_KINDS) eventSearchContract(kind);
