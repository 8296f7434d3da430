import { Injectable } from '@nestjs/common';

/** Whether this process has been told to stop: readiness then says no, and answers close their connections. */
@Injectable()
export class Draining {
  private started = false;

  get isDraining(): boolean {
    return this.started;
  }

  start(): void {
    this.started = true;
  }
}
