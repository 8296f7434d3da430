import { SERVER_PROGRAMS } from '../../test/support/required-programs.js';
import type { Benchmark } from '../benchmark.js';
import { pages } from './fetch-pages.js';

/** What fetching costs where there are very many events. */
export const fetch: Benchmark = { programs: SERVER_PROGRAMS, parts: { pages } };
