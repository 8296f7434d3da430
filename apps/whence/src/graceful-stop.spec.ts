import { createServer, get, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  EventStreams,
  IdempotentSubmissions,
  LookupRequests,
  Reconciler,
  SubmitBatchService,
  SubmitEventsService,
} from '#libs/events';
import { LookupWorker } from '#libs/geolocation';
import { Draining, loadSettings, Settings } from '#libs/platform';
import { strictDouble } from '../../../libs/platform/src/testing/strict-double.js';
import { stopGracefully } from './graceful-stop.js';

describe('stopGracefully', () => {
  /** What was stopped, in order. */
  let steps: string[];
  let server: Server;
  /** Answers the request that is under way. */
  let answer: () => void;
  let endLookups: () => void;

  beforeEach(async () => {
    vi.spyOn(Logger.prototype, 'log').mockReturnValue();
    steps = [];
    server = createServer((_request, response) => {
      answer = () => response.end('answered');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
    vi.restoreAllMocks();
  });

  function application(): NestFastifyApplication {
    const lookupsEnded = new Promise<void>((resolve) => (endLookups = resolve));
    const draining = new Draining();
    vi.spyOn(draining, 'start').mockImplementation(() => void steps.push('drain'));
    const parts = new Map<unknown, unknown>([
      [Settings, loadSettings({ SHUTDOWN_GRACE_MS: '10000' })],
      [Draining, draining],
      [EventStreams, strictDouble<EventStreams>('EventStreams', { stop: () => void steps.push('streams end') })],
      [
        LookupWorker,
        strictDouble<LookupWorker>('LookupWorker', {
          stop: async (graceMs) => {
            steps.push(`lookups end within ${graceMs}`);
            await lookupsEnded;
            steps.push('lookups ended');
          },
        }),
      ],
      [
        SubmitEventsService,
        strictDouble<SubmitEventsService>('SubmitEventsService', { flushed: async () => void steps.push('flushed') }),
      ],
      [
        SubmitBatchService,
        strictDouble<SubmitBatchService>('SubmitBatchService', {
          flushed: async () => void steps.push('batches flushed'),
        }),
      ],
      [
        IdempotentSubmissions,
        strictDouble<IdempotentSubmissions>('IdempotentSubmissions', {
          flushed: async () => void steps.push('keys flushed'),
        }),
      ],
      [Reconciler, strictDouble<Reconciler>('Reconciler', { stop: async () => void steps.push('reconciler stopped') })],
      [
        LookupRequests,
        strictDouble<LookupRequests>('LookupRequests', { settled: async () => void steps.push('requests settled') }),
      ],
    ]);
    return {
      get: (type: unknown) => parts.get(type),
      getHttpServer: () => server,
      close: async () => void steps.push('closed'),
    } as unknown as NestFastifyApplication;
  }

  it('ends first what needs what is ended later, and the database last', async () => {
    const stopped = stopGracefully(application());
    endLookups();
    await stopped;
    expect(steps.filter((step) => step !== 'lookups ended')).toEqual([
      'drain',
      'streams end',
      'lookups end within 9250',
      'keys flushed',
      'flushed',
      'batches flushed',
      'reconciler stopped',
      'requests settled',
      'closed',
    ]);
  });

  it('takes no new connection, and answers the request under way before it goes on', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const request = get(url);
    await once(server, 'request');
    const stopped = stopGracefully(application());
    endLookups();
    await expect(fetch(url)).rejects.toThrow();
    expect(steps).not.toContain('flushed');
    answer();
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
    response.resume();
    await stopped;
    expect(steps).toContain('flushed');
  });

  it('closes the database only when the lookups have ended', async () => {
    const stopped = stopGracefully(application());
    await vi.waitFor(() => expect(steps).toContain('requests settled'));
    expect(steps).not.toContain('closed');
    endLookups();
    await stopped;
    expect(steps.slice(-2)).toEqual(['lookups ended', 'closed']);
  });
});
