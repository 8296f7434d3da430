import type { Scenario } from '../report.js';
import { kill } from './budget-kill.js';
import { order } from './budget-order.js';
import { outage } from './budget-outage.js';
import { steady } from './budget-steady.js';

/** How the five requests per second of the Geolocation API are kept and used. */
export const budget: Readonly<Record<string, Scenario>> = { steady, kill, outage, order };
