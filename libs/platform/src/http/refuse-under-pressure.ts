import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import { PlatformError } from '../errors/domain-error.js';

export interface PressureLimits {
  /** How late the event loop may be, on average over the sampling interval. */
  readonly longestEventLoopDelayMs: number;
  readonly samplingIntervalMs: number;
}

/** Answers that late are of no use to a client, and each request more makes all of them later. */
const LIMITS: PressureLimits = { longestEventLoopDelayMs: 1_000, samplingIntervalMs: 1_000 };

/**
 * Probes have to learn of the load from what they are told, and not by being refused: else they would restart it. Whoever
 * watches the metrics wants to see them just then.
 */
const PROBES = /^\/(health|metrics)(\/|\?|$)/;

/**
 * While the event loop is late, refuses requests at once, before their body is read: 503 with Retry-After. Health probes
 * and scrapes are answered. What waits to be stored is bounded by itself (see GroupCommit).
 */
export async function refuseUnderPressure(fastify: FastifyInstance, limits: PressureLimits = LIMITS): Promise<void> {
  await fastify.register(underPressure, {
    maxEventLoopDelay: limits.longestEventLoopDelayMs,
    sampleInterval: limits.samplingIntervalMs,
    pressureHandler: (request) => {
      if (PROBES.test(request.url)) return;
      throw new PlatformError('service_unavailable', 'The service has more to do than it can do in time; try again.', {
        retryAfterSeconds: 1,
      });
    },
  });
}
