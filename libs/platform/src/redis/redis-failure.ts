/** Redis cannot be reached just now. */
export class RedisAwayError extends Error {
  constructor() {
    super('Redis is away');
  }
}

/** What a Redis that can be reached says when it does not do as it is asked, by the code in its answer. */
const REFUSALS: Readonly<Record<string, string>> = {
  READONLY: 'Redis only reads',
  OOM: 'Redis is full',
  NOAUTH: 'Redis wants a password',
  WRONGPASS: 'Redis does not take the password',
  NOPERM: 'Redis does not permit its user a command',
  LOADING: 'Redis reads its data from disk',
  MISCONF: 'Redis cannot write to its disk',
  NOREPLICAS: 'Redis has too few replicas',
  MASTERDOWN: 'Redis is a replica without its primary',
  CLUSTERDOWN: 'the Redis cluster is down',
  UNBLOCKED: 'Redis has become a replica, and ends what waits',
  BUSY: 'Redis is busy with a script',
};
/** An answer begins with its code; that to a script has it within before Redis 7, and ioredis puts words before it. */
const CODE = new RegExp(`(?:^|[\\s-])(${Object.keys(REFUSALS).join('|')})\\b`);
/** What a command with many parameters is answered in place of NOAUTH. */
const UNAUTHENTICATED = /^ERR Protocol error: unauthenticated/;

/** What ioredis says of commands that it could not send, or that had no answer when their connection ended. */
const UNSENT =
  /^(Connection is closed\.|Command aborted due to connection close|Stream isn't writeable|Reached the max retries)/;

/** Why Redis has refused, in words and with its code; null where the error is none of its refusals. */
export function redisRefusal(error: unknown): string | null {
  const code = refusalCode(error);
  return code === undefined ? null : `${REFUSALS[code]} (${code})`;
}

/** True where a server has refused to write because it only reads, such as one that a failover has made a replica. */
export function isReplicaRefusal(error: unknown): boolean {
  return refusalCode(error) === 'READONLY';
}

function refusalCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return UNAUTHENTICATED.test(error.message) ? 'NOAUTH' : CODE.exec(error.message)?.[1];
}

/** True where Redis is away or refuses, so that the same command may work later; an error of the socket is not looked at. */
export function isRedisUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof RedisAwayError || UNSENT.test(error.message)) return true;
  return error.name === 'ReplyError' && redisRefusal(error) !== null;
}
