import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiClient } from './api-client.js';

describe('ApiClient', () => {
  let sent: Headers[];
  beforeEach(() => {
    sent = [];
    vi.stubGlobal('location', { href: 'https://whence.test/' });
    vi.stubGlobal('fetch', (_url: string, { headers }: RequestInit) => {
      sent.push(new Headers(headers));
      return Promise.resolve(Response.json({ data: { task_id: 'a' } }));
    });
  });
  afterEach(() => void vi.unstubAllGlobals());

  it.each(['ключ', 'pass wörd', 'a\nb'])(
    'tells of a key that can be none, %j, as the API tells of a wrong one',
    async (key) => {
      const client = new ApiClient(() => key);
      const calls = [client.get('event/'), client.stream({}, '', AbortSignal.timeout(1_000)), client.submit({}, null)];
      for (const call of await Promise.allSettled(calls))
        expect(call).toMatchObject({ status: 'rejected', reason: { code: 'key_not_sendable', needsKey: true } });
      expect(sent).toEqual([]);
    },
  );

  it('tells of an address that no header can have at its field', async () => {
    const submission = new ApiClient(() => null).submit({ name: 'x' }, '81.2.69.142 →');
    await expect(submission).rejects.toMatchObject({
      needsKey: false,
      mayPass: false,
      faults: [{ field: 'source_ip' }],
    });
    expect(sent).toEqual([]);
  });

  it('sends the key, and the address', async () => {
    await new ApiClient(() => 'whence_a').submit({ name: 'x' }, '81.2.69.142');
    expect([sent[0]?.get('x-api-key'), sent[0]?.get('x-forwarded-for')]).toEqual(['whence_a', '81.2.69.142']);
  });
});
