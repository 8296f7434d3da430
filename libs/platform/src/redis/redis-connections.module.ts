import { type DynamicModule, Module } from '@nestjs/common';
import { RedisConnections } from './redis-connections.js';

/** The one set of Redis connections that all features share. */
@Module({})
export class RedisConnectionsModule {
  /** @param whileAway what the loss of Redis means to the service, for the log */
  static register(url: string, whileAway: string): DynamicModule {
    return {
      module: RedisConnectionsModule,
      providers: [{ provide: RedisConnections, useFactory: () => new RedisConnections(url, whileAway) }],
      exports: [RedisConnections],
    };
  }
}
