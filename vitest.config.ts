import { defineConfig } from 'vitest/config';

const conditions = ['mono-source', 'node', 'import', 'default'];
const resolution = { resolve: { conditions }, ssr: { resolve: { conditions } } };

/**
 * Three projects: `unit` needs nothing but Node; `services` starts private MariaDB and Redis servers for the whole run;
 * `faults` comes after them and alone, since it looks at how soon things happen that other tests would delay.
 */
export default defineConfig({
  test: {
    // More than there are cores: most of a service test's time is waiting for other processes.
    maxWorkers: 3,
    projects: [
      {
        ...resolution,
        // Not isolated: most of the time would go into loading Nest and TypeORM anew for each file.
        test: {
          name: 'unit',
          include: [
            '{apps,libs,bench}/**/*.spec.ts',
            'test/deploy/*.spec.ts',
            'test/faults/judges/*.spec.ts',
            '{tools,test/faults}/**/*.spec.mjs',
          ],
          isolate: false,
          // Not what any of them takes: on a busy machine threads and compilers start slowly.
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        ...resolution,
        test: {
          name: 'services',
          include: ['test/**/*.spec.ts'],
          exclude: ['test/faults/**', 'test/deploy/**'],
          globalSetup: ['test/support/start-services.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...resolution,
        test: {
          name: 'faults',
          include: ['test/faults/*.spec.ts'],
          globalSetup: ['test/support/start-services.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
