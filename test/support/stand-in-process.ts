import { ServiceProcess, type ServiceStart } from './service-process.js';

const PROGRAM = {
  name: 'geoip-stand-in',
  main: 'dist/apps/geoip-stand-in/src/main.js',
  listening: /^geoip-stand-in listening on (http:\/\/\S+?)\/?$/,
};

/** The Geolocation API's stand-in as its own process, with the STAND_IN_… settings given; killed when the test ends. */
export class StandInProcess extends ServiceProcess {
  /** Returns when it listens; fails with its output when it ends before that, or after `timeoutMs` (20 s). */
  static async start(settings: Record<string, string> = {}, start: ServiceStart = {}): Promise<StandInProcess> {
    const all = { STAND_IN_PORT: '0', ...settings };
    return new StandInProcess(...(await ServiceProcess.launch(PROGRAM, all, start)));
  }
}
