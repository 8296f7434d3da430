import { Agent, createServer, get, type Server } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AddressInfo, connect, type Socket } from 'node:net';
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
import { Draining, loadSettings, Settings, UnusedConnections } from '#libs/platform';
import { strictDouble } from '../../../libs/platform/src/testing/strict-double.js';
import { stopGracefully } from './graceful-stop.js';

const NGINX_KEEPS_MS = 4_000;
const BATCH_MS = 8_000;

describe('stopGracefully', () => {
  /** What was stopped, in order. */
  let steps: string[];
  let server: Server;
  /** Answers the request that is under way. */
  let answer: () => void;
  let endLookups: () => void;
  let unusedConnections: UnusedConnections;

  beforeEach(async () => {
    vi.spyOn(Logger.prototype, 'log').mockReturnValue();
    steps = [];
    server = createServer((_request, response) => {
      answer = () => response.end('answered');
    });
    unusedConnections = new UnusedConnections();
    unusedConnections.watch(server);
    server.listen(0, '127.0.0.1');
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
      [UnusedConnections, unusedConnections],
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
    const request = get(url, { agent: false });
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

  describe('with a connection that is kept alive', () => {
    let agent: Agent;
    let port: number;

    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
      agent = new Agent({ keepAlive: true, maxSockets: 1 });
      // Asked for now: a server that listens no more has none.
      ({ port } = server.address() as AddressInfo);
      server.on('request', (_request, response) => {
        if (steps.includes('drain')) response.setHeader('connection', 'close');
      });
    });

    afterEach(() => {
      agent.destroy();
      vi.useRealTimers();
    });

    /** Sends a request and waits until the server has it. */
    async function send(): Promise<Promise<string>[]> {
      const request = get({ port, host: '127.0.0.1', agent });
      const answered = once(request, 'response').then(async ([response]) => text(response as NodeJS.ReadableStream));
      answered.catch(() => {});
      await Promise.race([once(server, 'request'), answered]);
      return [answered];
    }
    /** So that the connection is idle afterwards. */
    async function answerOne(): Promise<void> {
      const [answered] = await send();
      answer();
      await answered;
    }

    it('answers the request that comes on it as late as nginx would send one', async () => {
      await answerOne();
      const stopped = stopGracefully(application());
      endLookups();
      await nextTurn();
      await vi.advanceTimersByTimeAsync(NGINX_KEEPS_MS);
      const [answered] = await send();
      answer();
      expect(await answered).toBe('answered');
      await stopped;
    });

    it('closes it when nginx would have closed it', async () => {
      await answerOne();
      const stopped = stopGracefully(application());
      endLookups();
      await nextTurn();
      await vi.advanceTimersByTimeAsync(5_000);
      await stopped;
      expect(steps.at(-1)).toBe('closed');
    });

    it.each([
      ['closes one that was opened and never used after half of the time', '', 4_625],
      ['closes one with half a request when the time is over', 'GET / HTTP/1.1\r\nHost: ', 9_250],
    ])('%s', async (_what, sent, afterMs) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      const [accepted] = (await once(server, 'connection')) as [Socket];
      socket.write(sent);
      await vi.waitFor(() => expect(accepted.bytesRead).toBe(sent.length));
      const stopped = stopGracefully(application());
      endLookups();
      await nextTurn();
      await vi.advanceTimersByTimeAsync(afterMs - 1);
      await nextTurn();
      expect(steps).not.toContain('flushed');
      await vi.advanceTimersByTimeAsync(1);
      await stopped;
      expect(steps.at(-1)).toBe('closed');
    });

    it('waits for an answer that takes as long as a batch may', async () => {
      const [answered] = await send();
      const stopped = stopGracefully(application());
      endLookups();
      await nextTurn();
      await vi.advanceTimersByTimeAsync(BATCH_MS);
      answer();
      expect(await answered).toBe('answered');
      await vi.advanceTimersByTimeAsync(10_000);
      await stopped;
    });
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
