import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
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
});
