import { join } from 'node:path';
import { TiedProcess } from '../../test/support/tied-process.js';
import { loggedUrl } from '../../test/support/logged-url.js';

/** A Fastify server that answers submissions with 202 and does nothing with them. */
export class BareFastify {
  private constructor(
    private readonly process: TiedProcess,
    readonly url: string,
  ) {}

  static async start(): Promise<BareFastify> {
    const script = join(import.meta.dirname, 'bare-fastify-process.mjs');
    const started = new TiedProcess(process.execPath, [script], { cwd: process.cwd() });
    return new BareFastify(started, await loggedUrl('bare Fastify', started, /^bare Fastify on (\S+)$/));
  }

  get pid(): number {
    const { pid } = this.process;
    if (pid === undefined) throw new Error('bare Fastify does not run');
    return pid;
  }

  async stop(): Promise<void> {
    await this.process.kill('SIGKILL');
  }
}
