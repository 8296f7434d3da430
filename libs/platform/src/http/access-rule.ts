import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ApiRefusals } from './api-refusals.js';
import { AddsToRouteConfig } from './route-config.js';

/** What an API key may be made for. `admin` includes the others. */
export const SCOPES = ['submit', 'read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who may call a route where API keys are required: whoever has a scope, whoever has any key, or anyone. */
export type AccessRule = Scope | 'any key' | 'anyone';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: AccessRule;
    /** Whether a key counts also while nobody can tell whether it was revoked. */
    believesOldKeys?: boolean;
  }
}

/** The ways in which the OpenAPI document says that a key can be sent. */
export const KEY_IN_AUTHORIZATION = 'bearer';
export const KEY_IN_HEADER = 'api_key';
/** The field of the OpenAPI document that names the scope of an operation: plain keys have none in OpenAPI's own terms. */
export const SCOPE_EXTENSION = 'x-required-scope';

/** Only for keys with the scope, where keys are required. Documents that, and the refusals that follow from it. */
export function RequiresScope(scope: Scope): MethodDecorator {
  return applyDecorators(needsKey(scope), ApiExtension(SCOPE_EXTENSION, scope), ApiRefusals(401, 403, 429));
}

/** For every key, whatever its scopes, where keys are required. */
export function RequiresAnyKey(): MethodDecorator {
  return applyDecorators(needsKey('any key'), ApiRefusals(401, 403, 429));
}

/** Lets a key in also while the database, which knows whether it was revoked, is away: for what has to be seen just then. */
export function BelievesOldKeys(): MethodDecorator {
  return AddsToRouteConfig({ believesOldKeys: true });
}

/** Also without a key, and never throttled. */
export function OpenToAnyone(): MethodDecorator {
  return AddsToRouteConfig({ access: 'anyone' });
}

/** A route that says nothing needs a key: none is open because it was forgotten. */
export function accessRuleOf({ routeOptions }: FastifyRequest): AccessRule {
  return routeOptions.config.access ?? 'any key';
}

function needsKey(access: AccessRule) {
  return applyDecorators(AddsToRouteConfig({ access }), ApiSecurity(KEY_IN_HEADER), ApiSecurity(KEY_IN_AUTHORIZATION));
}
