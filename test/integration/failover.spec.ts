import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServerLock, writesTo } from '#libs/platform';
import { atTestEnd } from '../support/at-test-end.js';
import { eventually } from '../support/eventually.js';
import { Failover, setReadOnly } from '../support/failover.js';
import { queryMariaDb } from '../support/mariadb-database.js';
import { openDatabase } from '../support/open-database.js';
import { ownMariaDbServer } from '../support/own-servers.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const WRITE = 'UPDATE event SET name = name';
const READ_ONLY = { code: 'ER_OPTION_PREVENTS_STATEMENT' };

/** Reads that wait for a connection all the time, ten more than there are connections; by the port of who answered. */
function keepReading(dataSource: DataSource): { readonly answers: string[] } {
  const answers: string[] = [];
  let isOver = false;
  const read = async () => {
    while (!isOver) {
      const [row] = await dataSource.query<{ port: number; id: number }[]>(
        'SELECT @@port AS port, CONNECTION_ID() AS id',
      );
      answers.push(`${row?.port} ${row?.id}`);
    }
  };
  const reading = Promise.all(Array.from({ length: 20 }, read));
  atTestEnd(async () => {
    isOver = true;
    await reading;
  });
  return { answers };
}

describe('the connections to a server that has come to read only', () => {
  it('are made anew while more want one than there are', async () => {
    const failover = await Failover.start();
    const dataSource = await openDatabase(failover.url);
    const { answers } = keepReading(dataSource);
    await eventually(() => expect(new Set(answers).size).toBe(10));
    await failover.demote();
    failover.promote();
    await expect(writesTo(dataSource)(WRITE, [])).rejects.toMatchObject(READ_ONLY);
    const before = new Set(answers);
    await eventually(() => {
      const latest = answers.slice(-200);
      expect(latest.filter((answer) => before.has(answer))).toEqual([]);
      expect(new Set(latest).size).toBe(10);
    });
    expect(await writesTo(dataSource)(WRITE, [])).toBe(0);
  });
});

describe('the connections to a server that goes on reading only', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  const connectionsMade = async (url: string) => {
    const rows = (await queryMariaDb(url, "SHOW GLOBAL STATUS LIKE 'Connections'")) as { Value: string }[];
    return Number(rows[0]?.Value);
  };

  it('are made anew once a second, however many writes it refuses', async () => {
    const mariaDb = await ownMariaDbServer();
    const dataSource = await openDatabase(await mariaDb.createDatabase());
    const write = writesTo(dataSource);
    await setReadOnly(mariaDb, true);
    const refuse = async (times: number) => {
      for (let time = 0; time < times; time++) await expect(write(WRITE, [])).rejects.toMatchObject(READ_ONLY);
    };
    await refuse(1);
    const before = await connectionsMade(mariaDb.url);
    await refuse(50);
    // One for the writes, and one that asks.
    expect(await connectionsMade(mariaDb.url)).toBe(before + 2);
    vi.advanceTimersByTime(1_000);
    await refuse(50);
    expect(await connectionsMade(mariaDb.url)).toBe(before + 4);
  });
});

describe('ServerLock', () => {
  beforeEach(() => void vi.spyOn(Logger.prototype, 'error').mockReturnValue());
  afterEach(() => void vi.restoreAllMocks());

  const PURPOSE = 'test';
  const LOCK = `CONCAT('whence:${PURPOSE}:', LEFT(SHA2(DATABASE(), 256), 32))`;

  async function take(databaseUrl: string) {
    const dataSource = await openDatabase(databaseUrl);
    let timesLost = 0;
    const lock = await ServerLock.take(dataSource, PURPOSE, 0, () => timesLost++);
    expect(lock).not.toBeNull();
    return { dataSource, timesLost: () => timesLost };
  }

  const holderOn = async (url: string) => {
    const rows = (await queryMariaDb(url, `SELECT IS_USED_LOCK(${LOCK}) AS holder`)) as { holder: number | null }[];
    return rows[0]?.holder ?? null;
  };

  /** How often a statement that begins like this has been sent so far. */
  const countOf = (dataSource: DataSource, beginning: string) => {
    const logQuery = vi.spyOn(dataSource.logger, 'logQuery');
    return () => logQuery.mock.calls.filter(([sql]) => sql.startsWith(beginning)).length;
  };

  it('is taken on the server that is written to now, after a failover', async () => {
    const failover = await Failover.start();
    const { timesLost } = await take(failover.url);
    await failover.demote();
    failover.promote();
    await eventually(async () => expect(await holderOn(failover.nextUrl)).not.toBeNull());
    const oldUrl = new URL(failover.url);
    oldUrl.port = new URL(failover.old.url).port;
    await eventually(async () => expect(await holderOn(oldUrl.href)).toBeNull());
    expect(timesLost()).toBe(0);
  });

  it('is lost where another process has taken it on the server that is written to now', async () => {
    const failover = await Failover.start();
    const { timesLost } = await take(failover.url);
    await take(failover.nextUrl);
    await failover.demote();
    failover.promote();
    await eventually(() => expect(timesLost()).toBe(1));
  });

  it('is kept while no server can be written to, and when the same one can again', async () => {
    const mariaDb = await ownMariaDbServer();
    const url = await mariaDb.createDatabase();
    const { dataSource, timesLost } = await take(url);
    const holder = await holderOn(url);
    const questions = countOf(dataSource, 'SELECT @@global.read_only');
    await setReadOnly(mariaDb, true);
    await eventually(() => expect(questions()).toBeGreaterThanOrEqual(4));
    expect([await holderOn(url), timesLost()]).toEqual([holder, 0]);
    await setReadOnly(mariaDb, false);
    const before = questions();
    await eventually(() => expect(questions()).toBeGreaterThanOrEqual(before + 2));
    expect([await holderOn(url), timesLost()]).toEqual([holder, 0]);
  });

  it('is lost where another process has taken it after its connection ended', async () => {
    const mariaDb = await ownMariaDbServer();
    const url = await mariaDb.createDatabase();
    const next = await openDatabase(url);
    const { timesLost } = await take(url);
    const taking = ServerLock.take(next, PURPOSE, 10);
    await queryMariaDb(mariaDb.url, `KILL ${await holderOn(url)}`);
    expect(await taking).not.toBeNull();
    await eventually(() => expect(timesLost()).toBe(1));
  });

  it('is not lost to its own connection, when that has ended and the server does not know yet', async () => {
    const mariaDb = await ownMariaDbServer();
    const url = await mariaDb.createDatabase();
    const proxy = await TcpProxy.start(new URL(mariaDb.url));
    const throughProxy = new URL(url);
    throughProxy.port = String(proxy.port);
    const { dataSource, timesLost } = await take(throughProxy.href);
    const holder = await holderOn(url);
    const attempts = countOf(dataSource, 'SELECT IF(GET_LOCK');
    proxy.loseClients();
    await eventually(() => expect(attempts()).toBeGreaterThanOrEqual(2));
    expect([await holderOn(url), timesLost()]).toEqual([holder, 0]);
    await queryMariaDb(mariaDb.url, `KILL ${holder}`);
    await eventually(async () => expect([null, holder]).not.toContain(await holderOn(url)));
    expect(timesLost()).toBe(0);
  });
});
