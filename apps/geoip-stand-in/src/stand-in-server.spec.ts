import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Places } from './places.js';
import { createStandIn, type StandIn, type StandInOptions } from './stand-in-server.js';

describe('the stand-in', () => {
  let places: Places;
  let standIn: StandIn;
  let url: string;
  let nowMs = 0;

  beforeAll(async () => {
    places = await Places.open();
  });

  afterEach(async () => {
    await standIn.close();
  });

  async function start(options: Partial<StandInOptions> = {}): Promise<void> {
    nowMs = 10_000;
    standIn = createStandIn({ places, hiccupShare: 0, nowMs: () => nowMs, ...options });
    url = (await standIn.listen(0, '127.0.0.1')).url;
  }

  const ask = (path: string, init?: RequestInit) => fetch(`${url}${path}`, init);

  async function statusOf(path: string, init?: RequestInit): Promise<number> {
    const response = await ask(path, init);
    await response.arrayBuffer();
    return response.status;
  }

  async function statusesOf(count: number, path = '/81.2.69.142'): Promise<number[]> {
    const statuses: number[] = [];
    for (let asked = 0; asked < count; asked += 1) statuses.push(await statusOf(path));
    return statuses;
  }

  it('answers with the real place of an IPv4 address', async () => {
    await start();
    const response = await ask('/81.2.69.142');
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await response.json()).toEqual(places.find('81.2.69.142'));
  });

  it('answers with the real place of an IPv6 address, its colons escaped or not', async () => {
    await start();
    for (const path of ['/2a00:1450:4009:80b::200e', `/${encodeURIComponent('2a00:1450:4009:80b::200e')}`]) {
      expect(await (await ask(path)).json()).toMatchObject({ country_code: 'GB', city: 'London' });
    }
  });

  it('answers 404 for an address without a known place', async () => {
    await start();
    const response = await ask('/10.0.0.1');
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: 'no known place for 10.0.0.1' });
  });

  it.each(['/nonsense', '/1.2.3', '/01.2.3.4', '/1.2.3.4.5', '/fe80::1%25eth0', '/%E0%A4%A'])(
    'answers 400 for %s, which is no IP address',
    async (path) => {
      await start();
      const response = await ask(path);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ error: expect.stringMatching(/^not an IP address: /) as string });
    },
  );

  it('knows no other path or method, and counts neither', async () => {
    await start();
    expect([await statusOf('/'), await statusOf('/v1/81.2.69.142')]).toEqual([404, 404]);
    const posted = await ask('/81.2.69.142', { method: 'POST', body: '{}' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET']);
    expect(standIn.stats().requests).toBe(0);
  });

  it('refuses the sixth lookup in a second and tells when to come again', async () => {
    await start();
    expect(await statusesOf(5)).toEqual([200, 200, 200, 200, 200]);
    nowMs += 999;
    const refused = await ask('/81.2.69.142');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect(await refused.json()).toEqual({ error: 'too many requests' });
    nowMs += 1;
    expect(await statusesOf(6)).toEqual([200, 200, 200, 200, 200, 429]);
  });

  it('counts lookups of nonsense and of unknown places towards the limit', async () => {
    await start({ requestsPerSecond: 2 });
    expect([await statusOf('/nonsense'), await statusOf('/10.0.0.1')]).toEqual([400, 404]);
    expect(await statusOf('/81.2.69.142')).toBe(429);
  });

  it('tells what arrived, without counting the question', async () => {
    await start();
    await statusesOf(7);
    nowMs += 5_000;
    await statusesOf(2);
    const expected = { requests: 9, admitted: 7, refused: 2, worst_sliding_second: 7 };
    expect(await (await ask('/stats')).json()).toEqual(expected);
    expect(await (await ask('/stats')).json()).toEqual(expected);
  });

  it('hiccups when its dice say so', async () => {
    await start({ hiccupShare: 1, hiccupMaxMs: 1_000 });
    const startedMs = performance.now();
    expect(await statusOf('/81.2.69.142')).toBe(200);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(999);
  });

  it('logs each lookup when asked to, with the arrivals of the sliding second', async () => {
    const lines: object[] = [];
    await start({ logRequests: true, requestsPerSecond: 1, writeLine: (fields) => lines.push(fields) });
    await statusesOf(2);
    nowMs += 1_000;
    await statusesOf(1, '/nonsense');
    const london = { monotonic_ms: 10_000, address: '81.2.69.142' };
    expect(lines).toEqual([
      { ...london, status: 200, delay_ms: expect.any(Number) as number, in_last_second: 1 },
      { ...london, status: 429, delay_ms: 0, in_last_second: 2 },
      { monotonic_ms: 11_000, address: 'nonsense', status: 400, delay_ms: 0, in_last_second: 1 },
    ]);
  });

  it('answers 503 to every lookup while unavailable, and still tells what arrived', async () => {
    await start({ fault: 'unavailable' });
    expect(await statusesOf(6)).toEqual(Array(6).fill(503));
    const stats = { requests: 6, admitted: 0, refused: 0, worst_sliding_second: 6 };
    expect(await (await ask('/stats')).json()).toEqual(stats);
  });

  it('never answers a lookup while it hangs', async () => {
    await start({ fault: 'hang' });
    const waiting = ask('/81.2.69.142', { signal: AbortSignal.timeout(300) });
    await expect(waiting).rejects.toThrow(/timeout/);
    expect(standIn.stats().requests).toBe(1);
  });

  it.each([{ fault: 'hang' }, { hiccupShare: 1 }] as const)(
    'closes at once in spite of a lookup under %o',
    async (how) => {
      await start(how);
      const cut = expect(ask('/81.2.69.142')).rejects.toThrow('fetch failed');
      await expect.poll(() => standIn.stats().requests).toBe(1);
      const startedMs = performance.now();
      await standIn.close();
      expect(performance.now() - startedMs).toBeLessThan(500);
      await cut;
    },
  );

  it('can be closed twice, and then refuses connections', async () => {
    await start();
    await standIn.close();
    await standIn.close();
    await expect(ask('/81.2.69.142')).rejects.toThrow('fetch failed');
  });

  it('fails to listen on a port that is taken', async () => {
    await start();
    const second = createStandIn({ places });
    await expect(second.listen(Number(new URL(url).port), '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
