import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { PlatformError } from '../errors/domain-error.js';
import { refuseEarly } from './refuse-early.js';

type Hook = (request: object, reply: object, done: (error?: PlatformError) => void) => void;

/** What a request is refused with, or undefined. */
function refusalOf(request: { url?: string; is404?: boolean; host?: string | undefined; httpVersion?: string }) {
  const { url = '/event/', is404 = false, httpVersion = '1.1' } = request;
  const headers = { host: 'host' in request ? request.host : 'whence' };
  let refusal: PlatformError | undefined;
  const addHook = (_name: string, hook: Hook) =>
    hook({ url, is404, headers, method: 'GET', raw: { httpVersion } }, {}, (error) => (refusal = error));
  refuseEarly({ addHook } as unknown as FastifyInstance);
  return refusal;
}

describe('refuseEarly', () => {
  it.each([
    '/event/',
    '/event/?',
    '/event/?name=a%20b&name=%F0%9F%98%80',
    '/event/?name=a+b',
    '/event/%zz',
    '/event/?a&=&&b=',
  ])('lets %s pass', (url) => {
    expect(refusalOf({ url })).toBeUndefined();
  });

  it.each([
    ['/event/?name=%', ['name']],
    ['/event/?name=%zz&city=ok', ['name']],
    ['/event/?name=%ff', ['name']],
    ['/event/?%E0%A4%A=x&limit=%e2%82', ['%E0%A4%A', 'limit']],
  ])('refuses %s, which cannot be decoded, naming %j', (url, fields) => {
    const refusal = refusalOf({ url });
    expect(refusal?.code).toBe('validation_failed');
    expect(refusal?.details.errors?.map(({ field }) => field)).toEqual(fields);
  });

  it('refuses what is not there, without its query', () => {
    expect(refusalOf({ url: '/nothing?secret=1', is404: true })).toMatchObject({
      code: 'not_found',
      message: 'There is nothing at GET /nothing.',
    });
  });

  it('refuses a request that names no host, unless it is of an HTTP that has none', () => {
    expect(refusalOf({ host: undefined })).toMatchObject({ code: 'malformed_request' });
    expect(refusalOf({ host: undefined, httpVersion: '1.0' })).toBeUndefined();
  });
});
