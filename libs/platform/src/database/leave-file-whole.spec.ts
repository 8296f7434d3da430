import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { afterEach, expect, it, vi } from 'vitest';
import { leaveFileWhole } from './leave-file-whole.js';
import type { StatementWriter } from './sqlite-writer.js';

afterEach(() => vi.restoreAllMocks());

it.each([
  ['whole', true, 0],
  ['not whole', false, 1],
])(
  'closes the writer before the reader, and warns only of a file that is not whole: %s',
  async (_what, isWhole, warnings) => {
    const warned = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const steps: string[] = [];
    const writer = { closeWhole: async () => (steps.push('writer'), isWhole) } as unknown as StatementWriter;
    const dataSource = {
      options: { type: 'better-sqlite3' },
      driver: { databaseConnection: { startWriter: () => writer } },
      destroy: async () => void steps.push('reader'),
    } as unknown as DataSource;
    await leaveFileWhole(dataSource).destroy();
    expect([steps, warned.mock.calls.length]).toEqual([['writer', 'reader'], warnings]);
  },
);
