import { get, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { EventDigest } from './row-reader.js';

/** An export that was read to its end. */
export interface ReadExport {
  readonly bytes: number;
  readonly lines: number;
  readonly seconds: number;
}

const LINE_END = 10;

interface ExportedEvent {
  readonly location: Readonly<Record<string, string | number | null>> | null;
}

/** Reads it as fast as it comes, and looks only for the ends of its lines. */
export async function readExport(
  url: string,
  query: string,
  headers: Record<string, string> = {},
): Promise<ReadExport> {
  const startedAtMs = performance.now();
  let [bytes, lines] = [0, 0];
  for await (const chunk of await beginExport(url, query, headers)) {
    bytes += (chunk as Buffer).length;
    for (let at = (chunk as Buffer).indexOf(LINE_END); at >= 0; at = (chunk as Buffer).indexOf(LINE_END, at + 1))
      lines++;
  }
  return { bytes, lines, seconds: (performance.now() - startedAtMs) / 1_000 };
}

/** The digest of all events, exported as NDJSON in the order of their receipt. */
export async function digestExport(url: string): Promise<string> {
  const digest = new EventDigest();
  const lines = createInterface({ input: await beginExport(url, 'format=ndjson&order=asc', {}), crlfDelay: Infinity });
  for await (const line of lines) {
    const { location, ...event } = JSON.parse(line) as ExportedEvent;
    digest.add({ ...location, ...event });
  }
  return digest.toString();
}

/** Reads so many bytes of an export and hangs up. */
export async function leaveExport(url: string, query: string, afterBytes: number): Promise<void> {
  const answer = await beginExport(url, query, {});
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += (chunk as Buffer).length;
    if (bytes >= afterBytes) break; // which destroys the answer
  }
}

function beginExport(url: string, query: string, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(`${url}/event/export/?${query}`, { agent: false, headers }, (answer) => {
      if (answer.statusCode === 200) resolve(answer);
      else reject(new Error(`export ${query}: ${answer.statusCode}`));
    }).once('error', reject);
  });
}
