import { SERVER_PROGRAMS } from '../../test/support/required-programs.js';
import type { Benchmark } from '../benchmark.js';
import { kill } from './budget-kill.js';
import { order } from './budget-order.js';
import { outage } from './budget-outage.js';
import { steady } from './budget-steady.js';

/** How the five requests per second of the Geolocation API are kept and used. */
export const budget: Benchmark = { programs: SERVER_PROGRAMS, parts: { steady, kill, outage, order } };
