import { expect, it } from 'vitest';
import { editDistance } from './edit-distance.js';

it.each([
  ['AUTH', 'AUTH', 0],
  ['AUHT', 'AUTH', 1],
  ['AUT', 'AUTH', 1],
  ['AUTHS', 'AUTH', 1],
  ['AUTO', 'AUTH', 1],
  ['UAHT', 'AUTH', 2],
  ['PATH', 'AUTH', 2],
  ['', 'AUTH', 4],
])('from %j to %j it is %i', (one, other, expected) => {
  expect([editDistance(one, other), editDistance(other, one)]).toEqual([expected, expected]);
});
