import type { Benchmark } from '../benchmark.js';
import { frames, hour } from './page-frames.js';
import { load } from './page-load.js';

/** What the page at `/` costs those who look at it. */
export const page: Benchmark = { programs: ['chromium'], parts: { load, frames, hour } };
