import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Gatekeeper } from './admit/gatekeeper.js';
import { KnownKeys } from './admit/known-keys.js';
import { OpenRequests } from './admit/open-requests.js';
import { ApiKeyEntity } from './persistence/api-key.entity.js';
import { ApiKeyRepository } from './persistence/api-key.repository.js';

/** Access: who may call what. */
@Module({})
export class AccessModule {
  /** @param geolocation the module of geolocation, which knows where requests come from */
  static register(geolocation: DynamicModule): DynamicModule {
    return {
      module: AccessModule,
      imports: [TypeOrmModule.forFeature([ApiKeyEntity]), geolocation],
      providers: [ApiKeyRepository, Gatekeeper, KnownKeys, OpenRequests],
      exports: [Gatekeeper, KnownKeys, OpenRequests],
    };
  }
}
