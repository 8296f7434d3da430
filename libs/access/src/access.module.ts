import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Gatekeeper } from './admit/gatekeeper.js';
import { KnownKeys } from './admit/known-keys.js';
import { OpenRequests } from './admit/open-requests.js';
import { ApiKeyEntity } from './persistence/api-key.entity.js';
import { ApiKeyRepository } from './persistence/api-key.repository.js';
import { MINUTE_MS } from './throttle/bucket.js';
import { RequestThrottle } from './throttle/request-throttle.js';
import { ThrottleGuard } from './throttle/throttle.guard.js';

export interface AccessModuleOptions {
  /** The module of geolocation, which knows where requests come from. */
  readonly geolocation: DynamicModule;
  /** Provides Buckets: one of those that the composition root chooses between. */
  readonly throttle: Provider;
}

/** Access: who may call what, and how often. */
@Module({})
export class AccessModule {
  static register({ geolocation, throttle }: AccessModuleOptions): DynamicModule {
    return {
      module: AccessModule,
      imports: [
        TypeOrmModule.forFeature([ApiKeyEntity]),
        // The limit is each caller's own.
        ThrottlerModule.forRoot([{ ttl: MINUTE_MS, limit: 1 }]),
        geolocation,
      ],
      providers: [
        throttle,
        ApiKeyRepository,
        Gatekeeper,
        KnownKeys,
        OpenRequests,
        RequestThrottle,
        { provide: APP_GUARD, useClass: ThrottleGuard },
      ],
      exports: [Gatekeeper, KnownKeys, OpenRequests, RequestThrottle],
    };
  }
}
