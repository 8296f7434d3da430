import { type DynamicModule, Module } from '@nestjs/common';
import { RedisConnections } from './redis-connections.js';

/** The one set of Redis connections that all features share. */
@Module({})
export class RedisConnectionsModule {
  static register(url: string): DynamicModule {
    return {
      module: RedisConnectionsModule,
      providers: [{ provide: RedisConnections, useFactory: () => new RedisConnections(url) }],
      exports: [RedisConnections],
    };
  }
}
