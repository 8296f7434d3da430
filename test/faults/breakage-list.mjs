const PRODUCTION = 'test/faults/production.spec.ts';
const EMBEDDED = 'test/faults/embedded.spec.ts';
const HOSTILE_INPUT = 'test/faults/hostile-input.spec.ts';
const ROLLING_RESTART = 'test/faults/rolling-restart.spec.ts';
const DEPARTURES = 'test/contract/departures.spec.ts';

/** @typedef {{ file: string, find: string, replace: string }} Edit */

/**
 * A defect that somebody could make, and the test that has to find it.
 * @typedef {object} Breakage
 * @property {string} promise of docs/reliability.md
 * @property {string} broken what is done to the code, in words
 * @property {string} file
 * @property {string} find text that is in the file exactly once
 * @property {string} replace
 * @property {Edit} [besides] what else keeps the promise, and has to be broken as well
 * @property {string} spec the file of the test
 * @property {string} test the name of the test, or enough of it: a regular expression
 * @property {RegExp} because what the test has to say of it: that it fails for another reason is no proof
 * @property {number} rounds of a fault
 * @property {boolean} [isAtLength] where the test is none of the short form
 */

const ANSWERED_TOO_EARLY = {
  file: 'libs/events/src/submit/submit-events.service.ts',
  find: `    await this.store(event, sinceMs);
    return event.taskId;`,
  replace: `    this.store(event, sinceMs).catch(() => {});
    return event.taskId;`,
};

const REPEATED_UNDER_NEW_ID = {
  file: 'libs/events/src/submit/submit-events.service.ts',
  find: `    await this.store(event, sinceMs);
    return event.taskId;`,
  replace: `    const again = { ...event, taskId: newTimeOrderedId() };
    const stored = this.store(event, sinceMs).then(() => event);
    return (await stored.catch(() => this.store(again, sinceMs).then(() => again))).taskId;`,
};

const NOT_KNOWN_TOLD_AS_NOT_STORED = {
  file: 'libs/events/src/submit/submission-refusal.ts',
  find: 'return cause instanceof CommitTimeoutError || ',
  replace: 'return !(cause instanceof CommitTimeoutError) && ',
};

/** @type {readonly Breakage[]} */
export const BREAKAGES = [
  {
    promise: 'An event that was answered 202 is kept',
    broken: 'answered before the commit',
    ...ANSWERED_TOO_EARLY,
    spec: PRODUCTION,
    test: 'kill -9 and restart of MariaDB',
    because: /\d lost/,
    rounds: 1,
  },
  {
    promise: 'An event that was answered 202 is kept',
    broken: 'answered before the commit, which is right after',
    ...ANSWERED_TOO_EARLY,
    spec: PRODUCTION,
    test: 'kill -9 of all processes at once',
    because: /\d lost/,
    rounds: 15,
  },
  {
    promise: 'It comes to a final location status',
    broken: 'no reconciler',
    file: 'libs/events/src/locate/reconciler.ts',
    find: 'if (this.settings.looksUp) this.next();',
    replace: 'if (this.settings.looksUp && this.stopped) this.next();',
    spec: PRODUCTION,
    test: 'FLUSHALL',
    because: /pending/,
    rounds: 10,
  },
  {
    promise: 'The budget holds',
    broken: 'the gate lets every request go',
    file: 'libs/geolocation/src/gate/redis-gate.ts',
    find: "if (kind === 1) return { kind: 'wait', forMs: waitMicroseconds / MICROSECONDS };",
    replace: "if (kind === 1) return { kind: waitMicroseconds < 0 ? 'closed' : 'go' };",
    spec: PRODUCTION,
    test: 'FLUSHALL',
    because: /worst sliding second/,
    rounds: 5,
  },
  {
    promise: 'The budget holds right after an outage',
    broken: 'a gate that has forgotten what was spent takes it for nothing',
    file: 'libs/geolocation/src/gate/redis-gate-scripts.ts',
    find: "redis.call('ZADD', departures, text(lapsesAt), 'unknown:' .. text(now) .. ':' .. missing)",
    replace: "redis.call('ZADD', departures, '0', 'unknown:' .. text(now) .. ':' .. missing)",
    spec: PRODUCTION,
    test: 'FLUSHALL',
    because: /worst sliding second/,
    rounds: 10,
  },
  {
    promise: 'The budget holds',
    broken: 'a permit never lapses',
    file: 'libs/geolocation/src/gate/request-gate.ts',
    find: 'return this.clock.monotonicMs() - askedAtMs >= PERMIT_LAPSES_MS;',
    replace: 'return this.clock.monotonicMs() - askedAtMs >= PERMIT_LAPSES_MS * 1_000;',
    spec: DEPARTURES,
    test: 'whose permit took 1700 ms',
    because: /expected [6-9] to be/,
    rounds: 1,
  },
  {
    promise: 'An event is kept once',
    broken: 'a failed INSERT is repeated under a new id',
    ...REPEATED_UNDER_NEW_ID,
    spec: PRODUCTION,
    test: 'MariaDB frozen',
    because: /\d duplicated/,
    rounds: 1,
  },
  {
    promise: 'An event is kept once',
    broken: 'an INSERT whose answer was lost is repeated under a new id',
    ...REPEATED_UNDER_NEW_ID,
    spec: PRODUCTION,
    test: 'connections to MariaDB reset',
    because: /\d duplicated/,
    rounds: 3,
    isAtLength: true,
  },
  {
    promise: 'A submitter is answered within 2 s',
    broken: 'a commit may take 20 s',
    file: 'libs/events/src/submit/submit-events.service.ts',
    find: 'const BUDGET_MS = 1_800;',
    replace: 'const BUDGET_MS = 20_000;',
    spec: PRODUCTION,
    test: 'MariaDB frozen',
    because: /longest answer|answered wrongly/,
    rounds: 1,
  },
  {
    promise: 'What was answered 503 is not stored',
    broken: 'what the database has not answered in time is told as not stored',
    ...NOT_KNOWN_TOLD_AS_NOT_STORED,
    spec: PRODUCTION,
    test: 'MariaDB frozen',
    because: /\d unasked/,
    rounds: 1,
  },
  {
    promise: 'What was answered 503 is not stored',
    broken: 'an INSERT may begin long after its answer, which says that it is not stored',
    file: 'libs/events/src/submit/submit-events.service.ts',
    find: 'writer.store(events, timeoutMs - AFTER_ITS_BEGINNING_MS));',
    replace: 'writer.store(events, timeoutMs + 300 * AFTER_ITS_BEGINNING_MS));',
    besides: NOT_KNOWN_TOLD_AS_NOT_STORED,
    spec: EMBEDDED,
    test: 'the file locked by another process',
    because: /\d unasked/,
    rounds: 1,
  },
  {
    promise: 'Liveness says no only of the process itself',
    broken: 'liveness asks the database',
    file: 'libs/health/src/health.controller.ts',
    find: 'return this.answer(reply, []);',
    replace: 'return this.answer(reply, [() => this.database.check()]);',
    spec: PRODUCTION,
    test: 'MariaDB frozen',
    because: /times not live/,
    rounds: 1,
  },
  {
    promise: 'Readiness knows whether the database can be used',
    broken: 'the database is always up',
    file: 'libs/health/src/database.indicator.ts',
    find: 'return failure === null ? indicator.up() : indicator.down({ message: failure });',
    replace: 'return indicator.up({ failure });',
    spec: PRODUCTION,
    test: 'MariaDB frozen',
    because: /untrue readiness/,
    rounds: 1,
  },
  {
    promise: 'No process ends because something it needs is away',
    broken: 'an error of the connection to Redis ends the process',
    file: 'libs/platform/src/redis/redis-connections.ts',
    find: "connection.on('error', () => {});",
    replace: "connection.on('error', () => process.exit(1));",
    spec: PRODUCTION,
    test: 'kill -9 and restart of Redis',
    because: /ended by (itself|themselves)/,
    rounds: 1,
    isAtLength: true,
  },
  {
    promise: 'What fails goes on by itself when it is back',
    broken: 'a connection to Redis may be silent for ever',
    file: 'libs/platform/src/redis/redis-connections.ts',
    find: 'socketTimeout: this.longestSilenceMs,',
    replace: 'socketTimeout: this.longestSilenceMs * 1_000,',
    spec: PRODUCTION,
    test: 'connections to Redis swallowed',
    because: /pending|ready/,
    rounds: 1,
    isAtLength: true,
  },
  {
    promise: 'A process that is told to stop fails no request',
    broken: 'idle connections are closed at once',
    file: 'apps/whence/src/graceful-stop.ts',
    find: 'const idle = setTimeout(',
    replace: 'server.closeIdleConnections();\n  const idle = setTimeout(',
    spec: ROLLING_RESTART,
    test: 'never idle for long',
    because: /\d failed/,
    rounds: 5,
    isAtLength: true,
  },
  {
    promise: 'A process that is told to stop fails no request',
    broken: 'answers do not close their connections',
    file: 'apps/whence/src/configure-app.ts',
    find: "if (draining.isDraining) void reply.header('connection', 'close');",
    replace: "if (draining.isDraining) void reply.header('x-draining', 'yes');",
    spec: ROLLING_RESTART,
    test: 'requests always under way',
    because: /\d failed/,
    rounds: 1,
  },
  {
    promise: 'No input brings a 5xx',
    broken: 'malformed JSON is an internal error',
    file: 'apps/whence/src/error-statuses.ts',
    find: 'malformed_json: 400,',
    replace: 'malformed_json: 500,',
    spec: HOSTILE_INPUT,
    test: 'on SQLite gets an answer that is documented',
    because: /answered wrongly/,
    rounds: 1,
  },
];

/**
 * All that a breakage does to the code.
 * @param {Breakage} breakage
 * @returns {readonly Edit[]}
 */
export function editsOf({ file, find, replace, besides }) {
  return [{ file, find, replace }, ...(besides === undefined ? [] : [besides])];
}
