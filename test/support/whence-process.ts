import { ServiceProcess, type ServiceStart } from './service-process.js';

const PROGRAM = {
  name: 'whence',
  main: 'dist/apps/whence/src/main.js',
  listening: /^listening on (http:\/\/\S+?)\/?$/,
};

/**
 * Whence as its own process, as in production: what it is told is `settings` and nothing of the test's environment
 * (HOST and PORT default to a free loopback port). It is killed when the test ends.
 */
export class WhenceProcess extends ServiceProcess {
  /** Returns when it listens; fails with its output when it ends before that, or after `timeoutMs` (20 s). */
  static async start(settings: Record<string, string> = {}, start: ServiceStart = {}): Promise<WhenceProcess> {
    const all = { HOST: '127.0.0.1', PORT: '0', ...settings };
    return new WhenceProcess(...(await ServiceProcess.launch(PROGRAM, all, start)));
  }
}
