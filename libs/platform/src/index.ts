export { AuditEntryEntity } from './audit/audit-entry.entity.js';
export { actorOf, type AuditedAction, type AuditedDeed, AuditLog } from './audit/audit-log.js';
export { CreateAuditEntry1764800000000 } from './audit/create-audit-entry.migration.js';
export { Clock, SystemClock } from './clock/clock.js';
export { InTurn } from './clock/in-turn.js';
export { pause, unlessAborted } from './clock/pause.js';
export { RepeatedWork, type RepeatedWorkOptions } from './clock/repeated-work.js';
export { Semaphore } from './clock/semaphore.js';
export { isDoneWithin, unlessLate, withDeadline } from './clock/with-deadline.js';
export type { DatabaseLocation } from './config/database-url.js';
export { renderEnvExample } from './config/env-example.js';
export { readSettings } from './config/read-environment.js';
export {
  type ExtraCheck,
  loadSettings,
  type SettingFault,
  Settings,
  type SettingValues,
  WrongSettingsError,
} from './config/settings.js';
export { type BulkInsert, bulkInsertInto, bulkInsertsAtOnce } from './database/bulk-insert.js';
export { type DatabaseSchema, dataSourceOptions } from './database/data-source-options.js';
export { isDatabaseUnavailable } from './database/database-failure.js';
export { DatabaseProbe } from './database/database-probe.js';
export { exactCollation } from './database/exact-text.js';
export { epochMs } from './database/epoch-ms.js';
export { ExclusiveFileLock } from './database/exclusive-file-lock.js';
export { DatabaseNotReadyError, openDataSource } from './database/open-data-source.js';
export {
  DomainError,
  type FieldFault,
  PlatformError,
  type PlatformErrorCode,
  validationFailed,
} from './errors/domain-error.js';
export { type SqlValue, WRITER_ENDED } from './database/sqlite-writer.js';
export { upsertOf } from './database/upsert-of.js';
export {
  type WriteInTurn,
  type WriteStatement,
  writeBuilt,
  writesInTurnTo,
  writesTo,
} from './database/write-statement.js';
export { addOnce, createTableOnce } from './database/schema-steps.js';
export { ServerLock } from './database/server-lock.js';
export { rowsInOneWrite } from './database/rows-in-one-write.js';
export { closeQueuedAnswers } from './http/close-queued-answers.js';
export {
  type AccessRule,
  accessRuleOf,
  BelievesOldKeys,
  KEY_IN_AUTHORIZATION,
  KEY_IN_HEADER,
  OpenToAnyone,
  RequiresAnyKey,
  RequiresScope,
  type Scope,
  SCOPE_EXTENSION,
  SCOPES,
} from './http/access-rule.js';
export { acceptsGzip } from './http/accepts-gzip.js';
export { AnswersIfChanged, ENTITY_TAG_HEADERS } from './http/answers-if-changed.js';
export { ApiRefusals } from './http/api-refusals.js';
export { ANONYMOUS, type Caller, callerOf, knowCallers } from './http/caller.js';
export { checkObject, type CheckedObject } from './http/check-object.js';
export { CheckedBy, type FaultOf } from './http/checked-by.js';
export { Draining } from './http/draining.js';
export { endWhenSlow, type LeastTaken } from './http/end-when-slow.js';
export { BODY_LIMIT_BYTES, fastifyOptions } from './http/fastify-options.js';
export { acceptOnlyJsonBodies } from './http/json-body.js';
export { MethodNotAllowedRoutes } from './http/method-not-allowed.js';
export { acceptNdjsonBodies, type ManyObjects, objectsIn, ReadsManyObjects } from './http/ndjson-body.js';
export { BrokenLine } from './http/ndjson-lines.js';
export { NoQueryDto } from './http/no-query.dto.js';
export { ReadBy } from './http/read-by.js';
export { leaveOutUnknownLengths } from './http/head-of-unknown-length.js';
export { limitBodiesInFlight } from './http/limit-bodies-in-flight.js';
export { refuseEarly } from './http/refuse-early.js';
export { refuseUnderPressure } from './http/refuse-under-pressure.js';
export { addSecurityHeaders } from './http/security-headers.js';
export { logRequests } from './http/request-log.js';
export { measureRequests } from './http/request-metrics.js';
export { onceClosed } from './http/once-closed.js';
export { noteWaits, waitingSinceMs } from './http/waited.js';
export { checkBody } from './http/strict-validation.pipe.js';
export { NotTraced, traceRequests } from './http/trace-requests.js';
export { ignoreUnknownExpectations } from './http/unknown-expectations.js';
export { UnusedConnections } from './http/unused-connections.js';
export { newTimeOrderedId } from './ids/time-ordered-id.js';
export { FailureLog } from './logging/failure-log.js';
export { LastingFault } from './logging/lasting-fault.js';
export { createPino, PinoNestLogger } from './logging/pino-logger.js';
export { type CollectedGauge, type Collector, type MetricDescription, Metrics } from './metrics/metrics.js';
export { PlatformModule, type PlatformOptions } from './platform.module.js';
export { RedisConnections, SENT_ONCE } from './redis/redis-connections.js';
export { RedisConnectionsModule } from './redis/redis-connections.module.js';
export { RedisAwayError } from './redis/redis-failure.js';
export { type RunningTracing, startTracing } from './tracing/start-tracing.js';
export {
  activeSpan,
  beginChild,
  beginSpan,
  during,
  endWith,
  failSpan,
  forAll,
  isTracing,
  type Span,
  type Tracer,
  traceparentOf,
  traceWith,
} from './tracing/tracing.js';
