import { expect } from 'vitest';
import type { HttpAnswer, HttpClient } from './http-client.js';

const UP = { status: 'up' };

/** What readiness tells of while all is well. */
export const ALL_UP = { database: UP, accepting: UP, lookups: UP };

/** Status and body of a GET, and for health checks that nobody on the way may keep the answer. */
export async function get(client: HttpClient, path: string) {
  const answer = await client.send({ method: 'GET', path });
  if (path.startsWith('/health')) expect(answer.headers['cache-control']).toContain('no-store');
  return { status: answer.status, body: JSON.parse(answer.text) as Record<string, unknown> };
}

/** Submits an event, and may be refused. */
export function submitOnce(client: HttpClient): Promise<HttpAnswer> {
  const headers = { 'content-type': 'application/json' };
  return client.send({ method: 'POST', path: '/event/submit/', headers, body: '{"name":"x"}' });
}
