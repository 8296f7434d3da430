import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atTestEnd } from './at-test-end.js';

/** What the fake answers for one address. */
export interface FakeAnswer {
  readonly status: number;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** What the fake may say of an address that is in London, in the flat shape of the API's answers. */
export const IN_LONDON: FakeAnswer = {
  status: 200,
  body: {
    country_code: 'GB',
    country: 'United Kingdom',
    region: 'England',
    city: 'London',
    latitude: 51.5142,
    longitude: -0.0931,
    timezone: 'Europe/London',
  },
};

/**
 * A Geolocation API that knows only what the test told it and counts every hit. Asked anything else it answers 500, and
 * fails the test at its end (or the file, when started from beforeAll).
 */
export class FakeGeoIpApi {
  /** The address of every request so far, in the order of arrival. */
  readonly hits: string[] = [];
  private readonly unexpected: string[] = [];
  private readonly answers = new Map<string, FakeAnswer[]>();
  private readonly server: Server;
  private port = 0;
  private held: Promise<void> = Promise.resolve();

  private constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  /** Listens on a free loopback port. */
  static async start(answers: Record<string, FakeAnswer> = {}): Promise<FakeGeoIpApi> {
    const api = new FakeGeoIpApi();
    for (const [address, answer] of Object.entries(answers)) api.tell(address, answer);
    await api.listen();
    atTestEnd(async () => {
      await api.stop();
      if (api.unexpected.length > 0) throw new Error(`unexpected lookups: ${api.unexpected.join(', ')}`);
    });
    return api;
  }

  /** The GEOIP_URL to reach it by. */
  get urlTemplate(): string {
    return `http://127.0.0.1:${this.port}/places/{ip}`;
  }

  /** From now on requests for the address are expected, and get these answers in turn; the last one for ever. */
  tell(address: string, ...answers: FakeAnswer[]): void {
    this.answers.set(address, answers);
  }

  /** Lets requests arrive and gives no answer until the returned function is called. */
  hold(): () => void {
    let release = () => {};
    this.held = new Promise((resolve) => (release = resolve));
    return release;
  }

  /** Opens the port, and after a stop the same one again. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Closes the port: connections are refused from then on. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = decodeURIComponent(/^\/places\/([^/?]+)$/.exec(request.url ?? '')?.[1] ?? '');
    this.hits.push(address);
    const answers = request.method === 'GET' ? this.answers.get(address) : undefined;
    const answer = answers !== undefined && answers.length > 1 ? answers.shift() : answers?.[0];
    if (answer === undefined) this.unexpected.push(`${request.method} ${request.url}`);
    await this.held;
    response.writeHead(answer?.status ?? 500, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer?.body ?? {}));
  }
}
