// The service with its lookups in the order of asking: what the order by value is compared to.
import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { createPino, PinoNestLogger, readSettings } from '#libs/platform';
import { start } from '../../dist/apps/whence/src/start.js';

const settings = readSettings([]);
Logger.overrideLogger(new PinoNestLogger(createPino(settings.logLevel)));
const service = await start(settings, { lookupHeadStartMs: 0 });
process.on('SIGTERM', () => void service.stop().then(() => process.exit(0)));
