import { SERVER_PROGRAMS } from '../../test/support/required-programs.js';
import type { Benchmark } from '../benchmark.js';
import { exporting } from './fetch-export.js';
import { pages } from './fetch-pages.js';
import { streams } from './fetch-stream.js';

/** What fetching costs where there are very many events. */
export const fetch: Benchmark = { programs: SERVER_PROGRAMS, parts: { pages, export: exporting, stream: streams } };
