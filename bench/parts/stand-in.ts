import { TiedProcess } from '../../test/support/tied-process.js';
import { loggedUrl } from '../../test/support/logged-url.js';

const MAIN = 'dist/apps/geoip-stand-in/src/main.js';
const LONGEST_ANSWER_MS = 5_000;

export interface StandInStats {
  readonly requests: number;
  readonly refused: number;
  readonly worst_sliding_second: number;
}

/** The Geolocation API's stand-in, with the API's own limit: 5 in any sliding second, then 429. */
export class StandIn {
  private constructor(
    private readonly process: TiedProcess,
    private readonly url: string,
  ) {}

  /**
   * @param slowShare of the answers take up to 5 s
   * @param requestsPerSecond where the limit is to be another one
   */
  static async start(seed: number, slowShare: number, requestsPerSecond?: number): Promise<StandIn> {
    const env = {
      PATH: process.env['PATH'],
      STAND_IN_PORT: '0',
      STAND_IN_SEED: String(seed),
      STAND_IN_HICCUP_SHARE: String(slowShare),
      ...(requestsPerSecond !== undefined && { STAND_IN_REQUESTS_PER_SECOND: String(requestsPerSecond) }),
    };
    const started = new TiedProcess(process.execPath, [MAIN], { cwd: process.cwd(), env });
    return new StandIn(started, await loggedUrl('the stand-in', started, /listening on (http\S+)$/));
  }

  get urlTemplate(): string {
    return `${this.url}/{ip}`;
  }

  async stats(): Promise<StandInStats> {
    const signal = AbortSignal.timeout(LONGEST_ANSWER_MS);
    return (await (await fetch(`${this.url}/stats`, { signal })).json()) as StandInStats;
  }

  async stop(): Promise<void> {
    await this.process.kill('SIGKILL');
  }
}
