import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { AppModule, type AppOptions } from '../../apps/whence/src/app.module.js';
import { configureApp, createHttpAdapter } from '../../apps/whence/src/configure-app.js';
import { stopGracefully } from '../../apps/whence/src/graceful-stop.js';
import { listen } from '../../apps/whence/src/listen.js';
import { loadSettings } from '#libs/platform';
import { atTestEnd } from './at-test-end.js';
import type { FakeGeoIpApi } from './fake-geo-ip-api.js';

/** So quick that no test waits for a permit, but for the window that the budget waits out at its start. */
const QUICK_TESTS = {
  PORT: '0',
  GEOIP_REQUESTS_PER_SECOND: '1000',
  GEOIP_CONCURRENCY: '25',
  SHUTDOWN_GRACE_MS: '2000',
};

/**
 * The whole service in this process, put together as `main.ts` does and listening on a free loopback port. It stops as
 * on SIGTERM when the test (or file) ends. Real: everything but the Geolocation API.
 */
export class WhenceApp {
  private constructor(
    private readonly app: NestFastifyApplication,
    /** Where it listens, without a trailing slash. */
    readonly url: string,
    /** Stops it as SIGTERM would, before the test ends. */
    readonly stop: () => Promise<void>,
  ) {}

  /** Starts it on the database, with `settings` on top of the ones that make tests quick. */
  static async start(
    databaseUrl: string,
    geoIpApi: FakeGeoIpApi,
    settings: Record<string, string> = {},
    options: Pick<AppOptions, 'statsLimits' | 'streamLimits' | 'exportLimits'> = {},
  ): Promise<WhenceApp> {
    const geoIpUrl = geoIpApi.urlTemplate;
    const checked = loadSettings({ DATABASE_URL: databaseUrl, GEOIP_URL: geoIpUrl, ...QUICK_TESTS, ...settings });
    const module = AppModule.register({ settings: checked, geoIpUrl, ...options });
    const app = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(), {
      bodyParser: false,
      abortOnError: false,
      logger: false,
    });
    const stop = once(() => stopGracefully(app));
    atTestEnd(stop);
    await configureApp(app);
    return new WhenceApp(app, await listen(app, checked), stop);
  }

  /** What the application itself uses, by its class. */
  get<Part>(partClass: new (...parameters: never[]) => Part): Part {
    return this.app.get<Part>(partClass);
  }

  /** How many events the database holds, whatever the service would say of them. */
  async storedEvents(): Promise<number> {
    const rows = await this.app
      .get(DataSource)
      .query<{ count: number | string }[]>('SELECT COUNT(*) AS count FROM event');
    return Number(rows[0]?.count);
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => (result ??= work());
}
