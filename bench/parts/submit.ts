import { Agent, request } from 'node:http';

const IN_FLIGHT = 64;

/** So many different public addresses. */
export function publicAddresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `8.${10 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`);
}

/** Submits one event from each address, in this order, over kept-alive connections. @throws Error on any answer but 202 */
export async function submitAll(url: string, addresses: readonly string[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  let next = 0;
  const submitter = async (): Promise<void> => {
    while (next < addresses.length) await submit(agent, url, addresses[next++]);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, submitter));
  agent.destroy();
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
    sent.once('error', reject);
    sent.end('{"name":"bench","status_code":1}');
  });
}
