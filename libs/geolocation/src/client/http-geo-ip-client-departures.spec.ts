import { once } from 'node:events';
import { ClientRequest, type RequestListener, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from 'vitest';
import { FREE, freely, HttpClientWorld } from '../testing/http-client-world.js';
import type { AskForRight } from './geo-ip-client.js';
import type { HttpGeoIpClient } from './http-geo-ip-client.js';

/** When it writes, and on which connections. */
describe('HttpGeoIpClient', () => {
  const world = new HttpClientWorld();
  const never = new AbortController().signal;
  const respond: RequestListener = (_request, response) => void response.end('{}');

  afterEach(async () => {
    vi.restoreAllMocks();
    await world.close();
  });

  it('prepares as often as it is told to, on one connection', async () => {
    const sockets = new Set<Socket>();
    const server = await world.serve((_request, response) => response.end('{}'));
    server.on('connection', (socket) => sockets.add(socket));
    const client = world.clientOf(server, { concurrency: 2 });
    const thrice: AskForRight = async (prepare) => ((await prepare()) && (await prepare()) ? freely(prepare) : null);
    for (let time = 0; time < 5; time++) {
      expect(await client.lookup('81.2.69.142', never, thrice)).toEqual({ kind: 'not_found' });
    }
    expect(sockets.size).toBe(1);
  });

  it('writes nothing with a right that has lapsed, and asks for another as often as need be', async () => {
    const listener = vi.fn<RequestListener>((_request, response) => void response.end('{}'));
    const client = world.clientOf(await world.serve(listener));
    const steps: string[] = [];
    const lapsed = [true, true, true, false];
    const askForRight: AskForRight = async (prepare) => {
      steps.push(`asked, ${listener.mock.calls.length} sent`);
      const departed = () => void steps.push('departed');
      return (await prepare()) ? { hasLapsed: () => lapsed.shift() as boolean, departed } : null;
    };
    expect(await client.lookup('81.2.69.142', never, askForRight)).toEqual({ kind: 'not_found' });
    expect(listener).toHaveBeenCalledTimes(1);
    expect(steps.slice(0, 5)).toEqual([...Array<string>(4).fill('asked, 0 sent'), 'departed']);
  });

  it('looks whether the right has lapsed in the very turn in which it writes', async () => {
    const client = world.clientOf(await world.serve(respond));
    const steps: string[] = [];
    const written = vi.spyOn(ClientRequest.prototype, 'end').mockImplementation(function (this: ClientRequest) {
      steps.push('written');
      written.mockRestore();
      return this.end();
    });
    const hasLapsed = () => {
      steps.push('looked');
      queueMicrotask(() => steps.push('a later turn'));
      return false;
    };
    await client.lookup('81.2.69.142', never, async (prepare) => ((await prepare()) ? { ...FREE, hasLapsed } : null));
    expect(steps).toEqual(['looked', 'written', 'a later turn']);
  });

  it('says that the request has left without waiting for the answer', async () => {
    const departed = vi.fn();
    const client = world.clientOf(
      await world.serve((_request, response) => {
        void vi.waitFor(() => expect(departed).toHaveBeenCalledTimes(1)).then(() => response.end('{}'));
      }),
    );
    const answer = client.lookup('81.2.69.142', never, async (prepare) =>
      (await prepare()) ? { ...FREE, departed } : null,
    );
    expect(await answer).toEqual({ kind: 'not_found' });
  });

  it('takes a request for one that has left where writing it fails', async () => {
    const client = world.clientOf(await world.serve(() => {}));
    const departed = vi.fn();
    const askForRight: AskForRight = async (prepare) => ((await prepare()) ? { ...FREE, departed } : null);
    vi.spyOn(ClientRequest.prototype, 'end').mockImplementationOnce(function (this: ClientRequest) {
      return this.destroy(new Error('write EPIPE'));
    });
    expect(await client.lookup('81.2.69.142', never, askForRight)).toEqual({ kind: 'transient', code: 'unavailable' });
    expect(departed).toHaveBeenCalled();
  });

  describe('on a connection that the server closes before anything is written', () => {
    let opened: Socket[];
    let listener: Mock<RequestListener>;
    let client: HttpGeoIpClient;

    beforeEach(async () => {
      opened = [];
      listener = vi.fn<RequestListener>((_request, response) => void response.end('{}'));
      const server = await world.serve(listener);
      server.on('connection', (socket) => opened.push(socket));
      client = world.clientOf(server, { concurrency: 1 });
    });

    /** Resolves when the client has seen the end of the connection, and ended its own side. */
    const closeAll = async () => {
      await vi.waitFor(() => expect(opened).not.toHaveLength(0));
      await Promise.all(opened.splice(0).map((socket) => once(socket.end(), 'close')));
    };

    it('takes another one where it is told to prepare again', async () => {
      const askForRight: AskForRight = async (prepare) => {
        await prepare();
        await closeAll();
        return freely(prepare);
      };
      expect(await client.lookup('81.2.69.142', never, askForRight)).toEqual({ kind: 'not_found' });
      expect(listener).toHaveBeenCalledTimes(1);
    });

    it('asks for the right once more', async () => {
      let asked = 0;
      const askForRight: AskForRight = async (prepare) => {
        const right = await freely(prepare);
        if (asked++ === 0) await closeAll();
        return right;
      };
      expect(await client.lookup('81.2.69.142', never, askForRight)).toEqual({ kind: 'not_found' });
      expect([asked, listener.mock.calls.length]).toEqual([2, 1]);
    });

    it('finds the server unavailable that does so each time', async () => {
      let asked = 0;
      const departed = vi.fn();
      const askForRight: AskForRight = async (prepare) => {
        asked++;
        await prepare();
        await closeAll();
        return { hasLapsed: () => false, departed };
      };
      const answer = await client.lookup('81.2.69.142', never, askForRight);
      expect([answer, asked]).toEqual([{ kind: 'transient', code: 'unavailable' }, 2]);
      expect(departed).not.toHaveBeenCalled();
      expect(listener).not.toHaveBeenCalled();
    });
  });

  describe('without a connection to spare', () => {
    /** Holds the only connection, from when it stands. */
    const holdOnly = async (client: HttpGeoIpClient, signal: AbortSignal) => {
      const stands = new Promise<void>((resolve) => {
        const askForRight: AskForRight = async (prepare) => {
          await prepare();
          resolve();
          return new Promise(() => {});
        };
        void client.lookup('81.2.69.142', signal, askForRight);
      });
      await stands;
    };

    it('gives up in time', async () => {
      const client = world.clientOf(await world.serve(respond), { concurrency: 1, timeoutMs: 50 });
      await holdOnly(client, never);
      expect(await client.lookup('81.2.69.142', never, freely)).toEqual({ kind: 'transient', code: 'timeout' });
    });

    it('rejects with the reason when it is aborted', async () => {
      const client = world.clientOf(await world.serve(respond), { concurrency: 1 });
      await holdOnly(client, never);
      const stopping = new AbortController();
      const reason = new Error('the service stops');
      const waiting = client.lookup('81.2.69.142', stopping.signal, freely);
      await new Promise((resolve) => setImmediate(resolve));
      stopping.abort(reason);
      await expect(waiting).rejects.toBe(reason);
    });
  });

  it('opens no more connections than it may, and uses them again', async () => {
    const sockets = new Set<Socket>();
    let held: ServerResponse[] = [];
    const server = await world.serve((request, response) => {
      sockets.add(request.socket);
      held.push(response);
      if (held.length < 2) return;
      for (const waiting of held) waiting.end('{}');
      held = [];
    });
    const client = world.clientOf(server, { concurrency: 2 });
    await Promise.all(Array.from({ length: 10 }, () => client.lookup('81.2.69.142', never, freely)));
    expect(sockets.size).toBe(2);
  });
});
