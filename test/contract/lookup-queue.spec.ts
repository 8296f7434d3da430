import { beforeAll, vi } from 'vitest';
import { ensureBuilt } from '../support/built.js';
import { bullLookupQueueContract } from './bull-lookup-queue.contract.js';
import { openInProcess, openOnRedis, redisFor } from './lookup-adapters.js';
import { lookupOrderContract } from './lookup-order.contract.js';
import { lookupQueueContract, type OpenLookupQueue } from './lookup-queue.contract.js';

// These tests wait for most of their time, so many go beside each other.
vi.setConfig({ maxConcurrency: 24 });
beforeAll(ensureBuilt);

// First, since they take the longest.
bullLookupQueueContract();

const openShared: OpenLookupQueue = async (onFinished, options) => {
  const server = await redisFor(onFinished);
  return openOnRedis(server.url, onFinished, options);
};

lookupQueueContract('in this process', openInProcess);
lookupOrderContract('in this process', openInProcess);

lookupQueueContract('on Redis', openShared);
lookupOrderContract('on Redis', openShared);
