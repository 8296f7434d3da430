import { beforeAll, vi } from 'vitest';
import { ensureBuilt } from '../support/built.js';
import { bullLookupQueueContract } from './bull-lookup-queue.contract.js';
import { openInProcess, openOnRedis, redisFor } from './lookup-adapters.js';
import { lookupQueueContract } from './lookup-queue.contract.js';

// These tests wait for most of their time, so many go beside each other.
vi.setConfig({ maxConcurrency: 24 });
beforeAll(ensureBuilt);

// First, since they take the longest.
bullLookupQueueContract();

lookupQueueContract('in this process', openInProcess);

lookupQueueContract('on Redis', async (onFinished, options) => {
  const server = await redisFor(onFinished);
  return openOnRedis(server.url, onFinished, options);
});
