// A worker that takes jobs and never ends them, for lookup-queue tests to kill. It runs what was built into dist/.
import { NestFactory } from '@nestjs/core';
import { BullLookupModule, LookupQueue } from '#libs/geolocation';
import { Clock, loadSettings, Settings, SystemClock } from '#libs/platform';

const platform = {
  module: class {},
  global: true,
  providers: [
    { provide: Settings, useValue: loadSettings({ GEOIP_CONCURRENCY: '1' }) },
    { provide: Clock, useClass: SystemClock },
  ],
  exports: [Settings, Clock],
};

const app = await NestFactory.createApplicationContext(
  { module: class {}, imports: [platform, BullLookupModule.register(process.argv[2])] },
  { logger: false },
);
app.get(LookupQueue, { strict: false }).work(
  ({ key }) => {
    console.log(`took ${key}`);
    return new Promise(() => {});
  },
  async () => {},
);
