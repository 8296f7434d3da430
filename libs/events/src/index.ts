export { EventsModule, type EventsModuleOptions } from './events.module.js';
export type { EventsErrorCode } from './events-error.js';
export { LookupRequests } from './locate/lookup-requests.js';
export { Reconciler } from './locate/reconciler.js';
export { CreateEvent1764000000001 } from './persistence/create-event.migration.js';
export { EventEntity } from './persistence/event.entity.js';
export { EventRepository } from './persistence/event.repository.js';
export { SubmitEventsService } from './submit/submit-events.service.js';
