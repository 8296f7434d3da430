import { SERVER_PROGRAMS } from '../../test/support/required-programs.js';
import type { Benchmark } from '../benchmark.js';
import { keyTiming } from './access-key-timing.js';
import { overhead } from './access-overhead.js';
import { shares } from './access-shares.js';

/** What keys and limits cost, what a noisy key takes from the others, and what answers tell of a wrong key. */
export const access: Benchmark = {
  programs: [...SERVER_PROGRAMS, 'wrk'],
  parts: { overhead, shares, 'key-timing': keyTiming },
};
