import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const LONGEST_ANSWER_MS = 10_000;
const MOST_SOCKETS = 32;

/** A submission as the one who made it saw it. */
export interface Submitted {
  readonly address: string;
  /** By this process' clock. */
  readonly sentAtMs: number;
  readonly status: number;
}

/** What is submitted, with which key, and how often. */
export interface KeyLoad {
  readonly url: string;
  readonly key: string;
  readonly addresses: readonly string[];
  readonly perMinute: number;
}

/** Submits one event from each address, at a constant rate whatever the answers are. @throws Error where one takes 10 s */
export async function submitAtRate({ url, key, addresses, perMinute }: KeyLoad): Promise<Submitted[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_SOCKETS });
  const startedAtMs = performance.now();
  const submissions: Promise<Submitted>[] = [];
  try {
    for (const [index, address] of addresses.entries()) {
      const dueInMs = startedAtMs + (index * 60_000) / perMinute - performance.now();
      if (dueInMs > 1) await sleep(dueInMs);
      submissions.push(submit(agent, url, key, address));
    }
    return await Promise.all(submissions);
  } finally {
    agent.destroy();
  }
}

function submit(agent: Agent, url: string, key: string, address: string): Promise<Submitted> {
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': address, 'x-api-key': key };
  const sentAtMs = Date.now();
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/event/submit/`, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => resolve({ address, sentAtMs, status: response.statusCode ?? 0 }));
    });
    sent.setTimeout(LONGEST_ANSWER_MS, () => sent.destroy(new Error('no answer to an event within 10 s')));
    sent.once('error', reject);
    sent.end('{"name":"bench","status_code":1}');
  });
}
