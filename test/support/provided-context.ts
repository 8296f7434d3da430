import 'vitest';

declare module 'vitest' {
  /** What start-services.ts hands to the tests of the run; read it with `inject('mariaDbUrl')`. */
  export interface ProvidedContext {
    /** The shared MariaDB as root, without a database: tests use freshDatabaseUrl or ownMariaDbServer. */
    mariaDbUrl: string;
    /** Data folder from which ownMariaDbServer copies. */
    mariaDbTemplateFolder: string;
    /** The shared Redis: never flush it; tests use freshRedisUrl or ownRedisServer. */
    redisUrl: string;
    /** A folder that is removed when the run ends. */
    runFolder: string;
  }
}
