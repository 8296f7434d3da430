import { describe, expect, it } from 'vitest';
import { routeOf } from './route.js';

describe('routeOf', () => {
  it.each([
    ['/81.2.69.142', '81.2.69.142'],
    ['/81.2.69.142?fields=city', '81.2.69.142'],
    ['/2a00:1450::200e', '2a00:1450::200e'],
    ['/2a00%3A1450%3a%3A200e', '2a00:1450::200e'],
    ['/nonsense', 'nonsense'],
    ['/%E0%A4%A', '%E0%A4%A'],
  ])('takes GET %s as a lookup of %s', (url, address) => {
    expect(routeOf({ method: 'GET', url })).toEqual({ kind: 'lookup', address });
  });

  it.each(['/', '', '//', '/81.2.69.142/', '/v1/81.2.69.142', '*', 'http://other.example/81.2.69.142', '/?a=/b'])(
    'knows no path %s',
    (url) => {
      expect(routeOf({ method: 'GET', url })).toEqual({ kind: 'unknown-path' });
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])('does not know the method %s', (method) => {
    expect(routeOf({ method, url: '/81.2.69.142' })).toEqual({ kind: 'unknown-method' });
  });

  it('keeps the statistics apart from lookups', () => {
    expect(routeOf({ method: 'GET', url: '/stats' })).toEqual({ kind: 'stats' });
  });
});
