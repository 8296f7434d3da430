export { AddressRetention } from './address-retention.js';
export { AddFailedLookup1764300000002 } from './cache/add-failed-lookup.migration.js';
export { CreateLocation1764000000000 } from './cache/create-location.migration.js';
export { LocationEntity } from './cache/location.entity.js';
export { LocationCache } from './cache/location-cache.js';
export { type GeoIpAnswer, GeoIpClient } from './client/geo-ip-client.js';
export { HttpGeoIpClient } from './client/http-geo-ip-client.js';
export { embeddedIpv4, type IpAddress, parseIpAddress } from './domain/ip-address.js';
export type { KnownOutcome, LookupFailureCode, LookupOutcome, Place } from './domain/location.js';
export { lookupKeyOf, soleLookupKeyOf } from './domain/lookup-key.js';
export {
  type AddressRange,
  isNetwork,
  parseAddressRange,
  prefixLengthOf,
  sortableAddress,
  usualRangeText,
} from './domain/sortable-address.js';
export { sourceIpOf } from './domain/source-ip.js';
export { type UnlocatableAddressCode, unlocatableCode } from './domain/special-purpose.js';
export { parseTrustedProxies, type TrustsHop } from './domain/trusted-proxies.js';
export { FallbackPlaces } from './fallback/fallback-places.js';
export { LocalPlacesError } from './fallback/local-places.js';
export { type BreakerPass, type BreakerState, type CallResult } from './gate/circuit-breaker.js';
export { type GateLimits, gateLimits } from './gate/gate-limits.js';
export { InProcessGate } from './gate/in-process-gate.js';
export type { Permit } from './gate/permit.js';
export { RedisGate } from './gate/redis-gate.js';
export { type Decision, type GateAccess, type GateState, RequestGate } from './gate/request-gate.js';
export { type GeolocationAdapters, GeolocationModule } from './geolocation.module.js';
export { GeolocationStatus } from './geolocation-status.js';
export { BullLookupModule } from './lookup/bull-lookup.module.js';
export { InProcessLookupModule } from './lookup/in-process-lookup.module.js';
export { LookupEstimates } from './lookup/lookup-estimates.js';
export { LookupOutcomes, type OutcomeListener } from './lookup/lookup-outcomes.js';
export {
  type JobRun,
  type JobVerdict,
  type LookupHandler,
  type LookupJob,
  LookupQueue,
  type LookupRequest,
  type QueueCounts,
  type QueuePlace,
  type ReadyForJobs,
} from './lookup/lookup-queue.js';
export { withTraces } from './lookup/lookup-traces.js';
export { QueuePage } from './lookup/page/queue-page.js';
export { LookupWaits } from './lookup/lookup-waits.js';
export { LookupWorker } from './lookup/lookup-worker.js';
export { type ArrivedRequest, SourceIpReader } from './source-ip-reader.js';
