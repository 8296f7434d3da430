import { Agent, request } from 'node:http';

const IN_FLIGHT = 64;
const LONGEST_ANSWER_MS = 10_000;
const LONGEST_SUBMISSION_MS = 50_000;

/** So many different public addresses. */
export function publicAddresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `8.${10 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`);
}

/**
 * Submits one event from each address, in this order, over kept-alive connections.
 * @throws Error on any answer but 202, on none for 10 s, and when not all are submitted after 50 s
 */
export async function submitAll(url: string, addresses: readonly string[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  const deadlineMs = performance.now() + LONGEST_SUBMISSION_MS;
  let next = 0;
  const submitter = async (): Promise<void> => {
    while (next < addresses.length) {
      if (performance.now() > deadlineMs) throw new Error(`only ${next} events are submitted after 50 s`);
      await submit(agent, url, addresses[next++]);
    }
  };
  try {
    await Promise.all(Array.from({ length: IN_FLIGHT }, submitter));
  } finally {
    next = addresses.length; // where one has failed, the others go no further
    agent.destroy();
  }
}

function submit(agent: Agent, url: string, address: string): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': address };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/event/submit/`, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 202) resolve();
        else reject(new Error(`expected 202, found ${response.statusCode}`));
      });
    });
    sent.setTimeout(LONGEST_ANSWER_MS, () => sent.destroy(new Error('no answer to an event within 10 s')));
    sent.once('error', reject);
    sent.end('{"name":"bench","status_code":1}');
  });
}
