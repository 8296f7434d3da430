import { type Agent, request } from 'node:http';
import type { SubmissionOutcome } from './judges/ledger.js';

/** How long a client waits for an answer. */
const LONGEST_ANSWER_MS = 15_000;
/** What the message of a 503 says where the submission may be stored. */
const NOT_KNOWN = 'it is not known whether the submission is stored';
/** What nginx says where a process ended before it answered, or where there is none. */
const CUT_OFF_BEHIND_NGINX = 'it is not known whether the request was carried out';

/** A request that submits events: one, or a batch of several. */
export interface SubmissionRequest {
  readonly url: string;
  readonly names: readonly string[];
  /** Where the events come from. */
  readonly address: string;
  readonly idempotencyKey?: string;
}

/** How it ended. */
export interface SubmissionEnd {
  readonly outcome: SubmissionOutcome;
  /** Where it was accepted, one for each event, in their order. */
  readonly taskIds?: readonly string[];
  /** What was answered where that is no 202, or the code of the error. */
  readonly told?: string;
}

/** Submits one event as an object, and several as a batch; never rejects. */
export function submit(
  agent: Agent,
  { url, names, address, idempotencyKey }: SubmissionRequest,
): Promise<SubmissionEnd> {
  const events = names.map((name) => ({ name, status_code: 1 }));
  const body = JSON.stringify(events.length === 1 ? events[0] : { events });
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-forwarded-for': address,
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
  };
  const path = events.length === 1 ? '/event/submit/' : '/event/submit/batch/';
  return new Promise((resolve) => {
    const submission = request(`${url}${path}`, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => resolve({ outcome: 'cut off', told: error.message }));
      response.on('end', () => {
        const retryAfter = response.headers['retry-after'];
        resolve(judge(response.statusCode ?? 0, retryAfter, Buffer.concat(chunks).toString(), events.length));
      });
    });
    const patience = setTimeout(() => {
      resolve({ outcome: 'hanging' });
      submission.destroy();
    }, LONGEST_ANSWER_MS);
    submission.on('close', () => clearTimeout(patience));
    submission.on('error', (error: NodeJS.ErrnoException) => {
      resolve({ outcome: error.code === 'ECONNREFUSED' ? 'unsent' : 'cut off', told: error.code ?? error.message });
    });
    submission.end(body);
  });
}

function judge(status: number, retryAfter: string | undefined, text: string, count: number): SubmissionEnd {
  const taskIds = status === 202 ? taskIdsOf(text) : [];
  if (taskIds.length === count) return { outcome: 'accepted', taskIds };
  if (status === 503 && Number(retryAfter) > 0 && text.includes('"code"')) {
    if (text.includes(CUT_OFF_BEHIND_NGINX)) return { outcome: 'cut off', told: text };
    return { outcome: text.includes(NOT_KNOWN) ? 'unsure' : 'refused', told: text };
  }
  return { outcome: 'wrong', told: `${status} ${text.slice(0, 500)}` };
}

function taskIdsOf(text: string): string[] {
  try {
    const { data } = JSON.parse(text) as { data?: { task_id?: unknown; task_ids?: unknown } };
    const taskIds: unknown[] = Array.isArray(data?.task_ids) ? data.task_ids : [data?.task_id];
    return taskIds.filter((taskId) => typeof taskId === 'string');
  } catch {
    return [];
  }
}
