import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './whence-api.js';

/** Give bodies and queries these types: openapi-fetch alone does not see a field too many. */
export type Submission = components['schemas']['SubmitEventDto'];
export type EventFilters = NonNullable<paths['/event']['get']['parameters']['query']>;
export type Page = components['schemas']['EventPageDto'];
export type Event = components['schemas']['EventDto'];
export type Refusal = components['schemas']['FailDto'] | components['schemas']['ErrorDto'];

/** A client for the service at the URL. Lists in a query come with commas, which openapi-fetch has to be told. */
export function whenceClient(baseUrl: string): Client<paths> {
  return createClient<paths>({ baseUrl, querySerializer: { array: { style: 'form', explode: false } } });
}

/** What a refusal says, in words of this client's own for the codes that it expects. */
export function explained(refusal: Refusal): string {
  if (refusal.status === 'error') return `${refusal.code}: try again later (${refusal.request_id})`;
  const { code, errors, message } = refusal.data;
  switch (code) {
    case 'event_not_found':
      return 'no such event';
    case 'validation_failed':
      return errors.map(({ index, field }) => (index === undefined ? field : `${index}.${field}`)).join(', ');
    default:
      return message;
  }
}
