import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

const LONGEST_ANSWER_MS = 10_000;
const LONGEST_RUN_MS = 300_000;

/** What clients that send the same Idempotency-Keys have been answered. */
export interface RepeatedKeys {
  /** By key: the task ids it was answered with. */
  readonly taskIds: readonly ReadonlySet<string>[];
  /** Answers 202 with and without `Idempotent-Replay: true`. */
  readonly replays: number;
  readonly firsts: number;
  /** Any other answer, by its status. */
  readonly refused: Readonly<Record<string, number>>;
}

interface Tally {
  readonly taskIds: Set<string>[];
  replays: number;
  firsts: number;
  readonly refused: Record<string, number>;
}

/**
 * So many clients that submit the same events under the same keys, all of them in the same order and at once: at each key
 * they race each other.
 * @throws Error when an answer takes 10 s, and when not all are there after five minutes
 */
export async function repeatKeys(url: string, clients: number, keys: number): Promise<RepeatedKeys> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const taskIds = Array.from({ length: keys }, () => new Set<string>());
  const tally: Tally = { taskIds, replays: 0, firsts: 0, refused: {} };
  const deadlineMs = performance.now() + LONGEST_RUN_MS;
  const client = async (): Promise<void> => {
    for (let key = 0; key < keys; key++) {
      if (performance.now() > deadlineMs) throw new Error(`only ${key} keys are repeated after five minutes`);
      await count(tally, key, await submit(agent, url, key));
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, client));
    return tally;
  } finally {
    agent.destroy();
  }
}

async function count(tally: Tally, key: number, answer: IncomingMessage): Promise<void> {
  const body = await text(answer);
  if (answer.statusCode !== 202) {
    const status = String(answer.statusCode);
    tally.refused[status] = (tally.refused[status] ?? 0) + 1;
    return;
  }
  tally.taskIds[key].add((JSON.parse(body) as { data: { task_id: string } }).data.task_id);
  if (answer.headers['idempotent-replay'] === 'true') tally.replays++;
  else tally.firsts++;
}

function submit(agent: Agent, url: string, key: number): Promise<IncomingMessage> {
  const headers = {
    'content-type': 'application/json',
    'x-forwarded-for': '81.2.69.142',
    'idempotency-key': `bench-${key}`,
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/event/submit/`, { method: 'POST', agent, headers }, resolve);
    sent.setTimeout(LONGEST_ANSWER_MS, () => sent.destroy(new Error('no answer to an event within 10 s')));
    sent.once('error', reject);
    sent.end(JSON.stringify({ name: `event ${key}`, status_code: key }));
  });
}
