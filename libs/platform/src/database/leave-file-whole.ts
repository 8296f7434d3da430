import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { writerOf } from './write-statement.js';

/**
 * From now on `destroy` leaves a SQLite file that is the database by itself: whoever copies the file of a stopped service has
 * all of it. Says so where that could not be had. Not for commands, which run beside a service that uses the file.
 */
export function leaveFileWhole(dataSource: DataSource): DataSource {
  const writer = writerOf(dataSource);
  if (writer === undefined) return dataSource;
  const destroy = dataSource.destroy.bind(dataSource);
  dataSource.destroy = async () => {
    const isWhole = await writer.closeWhole();
    if (!isWhole)
      new Logger('Database').warn('the SQLite file is not whole without the -wal file beside it: keep both');
    await destroy();
  };
  return dataSource;
}
