import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { type Caller, knowCallers, noteWaits, waitingSinceMs } from '#libs/platform';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { Gatekeeper } from './gatekeeper.js';
import type { OpenRequests } from './open-requests.js';
import { requireKeys } from './require-keys.js';

const CALLER: Caller = { keyId: '0123456789ab', throttlePerMinute: null };

/** How long a request has waited when its handler begins. */
async function waitedMs(admit: () => Caller | Promise<Caller>): Promise<number> {
  const fastify = Fastify();
  knowCallers(fastify);
  noteWaits(fastify);
  const openRequests = strictDouble<OpenRequests>('OpenRequests', { add: () => {} });
  requireKeys(fastify, strictDouble<Gatekeeper>('Gatekeeper', { admit }), openRequests);
  let waited = Number.NaN;
  fastify.get('/', async (request) => {
    waited = performance.now() - waitingSinceMs(request);
    return '';
  });
  expect((await fastify.inject('/')).statusCode).toBe(200);
  await fastify.close();
  return waited;
}

it('counts the time that a key was asked for as a part of the time for the answer', async () => {
  let askedMs = 0;
  const waited = await waitedMs(async () => {
    const askedAtMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    askedMs = performance.now() - askedAtMs;
    return CALLER;
  });
  expect(waited).toBeGreaterThanOrEqual(askedMs);
});
