import { applyDecorators, Controller, Get, HttpStatus, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { ApiRefusals, BelievesOldKeys, NotTraced, OpenToAnyone, RequiresAnyKey } from '#libs/platform';
import { DatabaseIndicator } from './database.indicator.js';
import { DetailsIndicator } from './details.indicator.js';
import { DrainingIndicator } from './draining.indicator.js';
import { HealthyDto, UnhealthyDto } from './health.dto.js';
import { LookupsIndicator } from './lookups.indicator.js';
import { SourcesIndicator } from './sources.indicator.js';

type Checks = Parameters<HealthCheckService['check']>[0];

/** Terminus itself would document fields that are always there as if they could be missing. */
function AnswersHealth(): MethodDecorator {
  return applyDecorators(
    HealthCheck({ noCache: true, swaggerDocumentation: false }),
    ApiOkResponse({ type: HealthyDto, description: 'Up, or degraded.' }),
    ApiServiceUnavailableResponse({ type: UnhealthyDto, description: 'Down, or shutting down.' }),
    ApiRefusals(400),
    NotTraced(),
  );
}

/** Health in terminus' own shape. None of the checks calls the Geolocation API: its budget is for events. */
@ApiTags('Health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseIndicator,
    private readonly draining: DrainingIndicator,
    private readonly lookups: LookupsIndicator,
    private readonly details: DetailsIndicator,
    private readonly sources: SourcesIndicator,
  ) {}

  @Get('live')
  @OpenToAnyone()
  @AnswersHealth()
  @ApiOperation({
    operationId: 'live',
    summary: 'Does the process run?',
    description: 'Says nothing of what it needs.',
  })
  live(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    return this.answer(reply, []);
  }

  @Get('ready')
  @OpenToAnyone()
  @AnswersHealth()
  @ApiOperation({
    operationId: 'ready',
    summary: 'Can events be accepted?',
    description:
      'Not while the database is away, its server only reads, or its SQLite file cannot be written. A success may be a ' +
      'second old. ' +
      'A Redis that is away or refuses to write, or an open breaker, is degraded, and still 200: events are accepted, ' +
      'lookups wait.',
  })
  ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    return this.answer(reply, this.readiness());
  }

  @Get()
  @RequiresAnyKey()
  @BelievesOldKeys()
  @AnswersHealth()
  @ApiOperation({
    operationId: 'health',
    summary: 'How is the service?',
    description: 'Readiness, and details for people.',
  })
  all(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    return this.answer(reply, [...this.readiness(), () => this.sources.check(), () => this.details.check()]);
  }

  private readiness(): Checks {
    return [() => this.database.check(), () => this.draining.check(), () => this.lookups.check()];
  }

  /** Terminus throws what is not healthy; its body is the answer, so it must not become an error body of ours. */
  private async answer(reply: FastifyReply, checks: Checks): Promise<HealthCheckResult> {
    try {
      return await this.health.check(checks);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      void reply.status(HttpStatus.SERVICE_UNAVAILABLE);
      return error.getResponse() as HealthCheckResult;
    }
  }
}
