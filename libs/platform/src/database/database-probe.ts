import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Asks the database whether it answers. */
@Injectable()
export class DatabaseProbe {
  constructor(private readonly dataSource: DataSource) {}

  /** Null when a query is answered within the time, else the reason in words. Never throws. */
  async failure(timeoutMs: number): Promise<string | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`no answer within ${timeoutMs} ms`), timeoutMs);
    });
    const asked = this.dataSource.query('SELECT 1').then(
      () => null,
      (error: unknown) => (error as { code?: string }).code ?? 'query failed',
    );
    return Promise.race([asked, late]).finally(() => clearTimeout(timer));
  }
}
