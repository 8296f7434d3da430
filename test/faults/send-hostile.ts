import { Agent, request as httpRequest } from 'node:http';
import type { HostileRequest } from './hostile-requests.js';

/** How long an answer may take before it counts as a hang. */
export const LONGEST_ANSWER_MS = 10_000;
/** Of a stream of events, and of an export, the beginning is enough. */
const MOST_BYTES = 200_000;

/** What came back. A stream that goes on is cut off, and then its text is not whole. */
export interface HostileAnswer {
  readonly status: number;
  readonly text: string;
  readonly isWhole: boolean;
}

/** Sends one request and reads its answer. Fails where none comes in time, or the connection ends without one. */
export function sendHostile(
  url: string,
  agent: Agent,
  { method, path, headers, body }: HostileRequest,
): Promise<HostileAnswer> {
  const { hostname, port } = new URL(url);
  const length = body === null ? {} : { 'Content-Length': String(body.length) };
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, method, path, agent, headers: { ...headers, ...length } },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        const end = (isWhole: boolean) => {
          clearTimeout(patience);
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), isWhole });
          if (!isWhole) request.destroy();
        };
        const isStream = response.headers['content-type']?.startsWith('text/event-stream') === true;
        if (isStream) return end(false);
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          if ((bytes += chunk.length) > MOST_BYTES) end(false);
        });
        response.on('end', () => end(true));
      },
    );
    const patience = setTimeout(() => {
      reject(new Error(`no answer within ${LONGEST_ANSWER_MS} ms`));
      request.destroy();
    }, LONGEST_ANSWER_MS);
    request.on('error', (error) => {
      clearTimeout(patience);
      reject(error);
    });
    request.end(body ?? undefined);
  });
}
