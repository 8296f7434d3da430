import type { DataSource, QueryRunner } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { strictDouble } from '../testing/strict-double.js';
import type { StatementWriter } from './sqlite-writer.js';
import { writesInTurnTo } from './write-statement.js';

describe('writesInTurnTo', () => {
  it('builds a statement and hands it to SQLite’s thread when the one before has ended, however that ended', async () => {
    const handedOver: string[] = [];
    const ends: ((isRight: boolean) => void)[] = [];
    const writer: StatementWriter = {
      run: (sql) => {
        handedOver.push(sql);
        return new Promise((resolve, reject) =>
          ends.push((isRight) => (isRight ? resolve(1) : reject(new Error(sql)))),
        );
      },
      close: async () => {},
      closeWhole: async () => true,
    };
    const dataSource = {
      options: { type: 'better-sqlite3' },
      driver: { databaseConnection: { startWriter: () => writer } },
      logger: { logQuery: () => {} },
    } as unknown as DataSource;
    const write = writesInTurnTo(dataSource);
    const built: string[] = [];
    const settled = Promise.allSettled(
      ['one', 'two', 'three'].map((sql) =>
        write(() => {
          built.push(sql);
          return [sql, []];
        }),
      ),
    );
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    await turn();
    expect([handedOver, built]).toEqual([['one'], ['one']]);
    ends[0]?.(false);
    await turn();
    expect([handedOver, built]).toEqual([
      ['one', 'two'],
      ['one', 'two'],
    ]);
    ends[1]?.(true);
    await turn();
    ends[2]?.(true);
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  it('builds a statement for a server when it has a connection, and anew after each deadlock', async () => {
    const steps: string[] = [];
    let connected: () => void = () => {};
    let deadlocks = 2;
    const dataSource = strictDouble<DataSource>('DataSource', {
      options: { type: 'mysql' } as DataSource['options'],
      createQueryRunner: () =>
        strictDouble<QueryRunner>('QueryRunner', {
          connect: () => new Promise<void>((resolve) => (connected = resolve)),
          query: (async (sql: string, parameters: unknown[]) => {
            steps.push(`run ${sql} ${parameters.join()}`);
            if (deadlocks-- > 0) throw Object.assign(new Error('deadlock'), { code: 'ER_LOCK_DEADLOCK' });
            return { affectedRows: 7 };
          }) as QueryRunner['query'],
          release: async () => void steps.push('give back'),
        }),
    });
    let builds = 0;
    const done = writesInTurnTo(dataSource)(() => {
      steps.push('build');
      return ['UPDATE', [++builds]];
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(steps).toEqual([]);
    connected();
    expect(await done).toBe(7);
    expect(steps).toEqual(['build', 'run UPDATE 1', 'build', 'run UPDATE 2', 'build', 'run UPDATE 3', 'give back']);
  });
});
