import type { ServerResponse } from 'node:http';
import { EventsError } from '../events-error.js';

/** Aborts when the connection closes before there is a whole answer, and is aborted where it has closed already. */
export function whileClientWaits(response: ServerResponse): AbortSignal {
  const hangUp = new AbortController();
  const abort = () => hangUp.abort(new EventsError('client_closed_request', 'The client did not wait.'));
  if (response.destroyed) abort();
  else
    response.once('close', () => {
      if (!response.writableFinished) abort();
    });
  return hangUp.signal;
}
