import { Injectable } from '@nestjs/common';

/** The HTTP status of each error code. Built once at the composition root, where all codes are known. */
@Injectable()
export class ErrorStatuses {
  constructor(private readonly statusByCode: Readonly<Record<string, number>>) {}

  statusOf(code: string): number {
    return this.statusByCode[code] ?? 500;
  }
}
