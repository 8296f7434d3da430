import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import type { Settings } from '#libs/platform';
import { AppModule, type AppOptions } from './app.module.js';
import { configureApp, createHttpAdapter } from './configure-app.js';
import { stopGracefully } from './graceful-stop.js';
import { listen } from './listen.js';
import { lockMySqlForSoleProcess, lockSqliteForSoleProcess } from './sole-process-lock.js';
import { StandInProcess } from './stand-in-process.js';
import { warnWhenOpen } from './warn-when-open.js';

export interface RunningService {
  /** Resolves when the service has stopped. */
  stop(): Promise<void>;
}

/** Starts all that the settings ask for, and logs where it listens when it is ready. */
export async function start(
  settings: Settings,
  options: Pick<AppOptions, 'lookupHeadStartMs'> = {},
): Promise<RunningService> {
  const lock = lockSqliteForSoleProcess(settings);
  const needsStandIn = settings.looksUp && settings.geoIpUrl === undefined;
  const started = needsStandIn ? await StandInProcess.start() : undefined;
  const geoIpUrl = settings.geoIpUrl ?? started?.urlTemplate ?? '';
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.register({ settings, geoIpUrl, ...options }),
    createHttpAdapter(),
    { bodyParser: false, abortOnError: false, bufferLogs: false },
  );
  // The other process spends the budget now: going on for another moment would be one request too many.
  await lockMySqlForSoleProcess(settings, app.get(DataSource), () => process.exit(1));
  await configureApp(app);
  const url = await listen(app, settings);
  warnWhenOpen(app.getHttpServer().address() as AddressInfo, settings);
  new Logger('Whence').log({ msg: `listening on ${url}`, role: settings.role });
  return {
    stop: async () => {
      await stopGracefully(app);
      started?.standIn.stop();
      lock?.release();
    },
  };
}
