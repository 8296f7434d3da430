import { describe, expect, it } from 'vitest';
import { isRedisUnavailable, RedisAwayError, redisRefusal } from './redis-failure.js';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

describe('redisRefusal', () => {
  it.each([
    ["READONLY You can't write against a read only replica.", 'Redis only reads (READONLY)'],
    [
      "OOM command not allowed when used memory > 'maxmemory'. script: 6d15, on @user_script:28.",
      'Redis is full (OOM)',
    ],
    ['ERR Error running script (call to f_6d15): @user_script:28: -OOM command not allowed', 'Redis is full (OOM)'],
    ['NOAUTH Authentication required.', 'Redis wants a password (NOAUTH)'],
    ['ERR Protocol error: unauthenticated multibulk length', 'Redis wants a password (NOAUTH)'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'Redis does not take the password (WRONGPASS)'],
    ['LOADING Redis is loading the dataset in memory', 'Redis reads its data from disk (LOADING)'],
    [
      'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
      'Redis has become a replica, and ends what waits (UNBLOCKED)',
    ],
    ['MISCONF Redis is configured to save RDB snapshots', 'Redis cannot write to its disk (MISCONF)'],
  ])('says in words %j', (message, words) => {
    expect(redisRefusal(reply(message))).toBe(words);
    expect(isRedisUnavailable(reply(message))).toBe(true);
  });

  it.each([
    reply("ERR unknown command 'x'"),
    reply('WRONGTYPE Operation against a key holding the wrong kind of value'),
    reply('BUSYGROUP Consumer Group name already exists'),
    new TypeError('x is not a function'),
    'OOM',
  ])('takes nothing else for a refusal: %s', (error) => {
    expect([redisRefusal(error), isRedisUnavailable(error)]).toEqual([null, false]);
  });
});

describe('isRedisUnavailable', () => {
  it.each([
    new RedisAwayError(),
    new Error('Connection is closed.'),
    new Error("Stream isn't writeable and enableOfflineQueue options is false"),
    new Error('Command aborted due to connection close'),
    new Error(
      'Reached the max retries per request limit (which is 0). Refer to "maxRetriesPerRequest" option for details.',
    ),
  ])('is true of a connection that ended: %s', (error) => {
    expect(isRedisUnavailable(error)).toBe(true);
  });
});
