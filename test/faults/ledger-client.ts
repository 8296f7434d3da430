import { Agent, request } from 'node:http';
import type { LedgerEntry, SubmissionOutcome } from './judges/ledger.js';

/** How long a client waits for an answer. */
const LONGEST_ANSWER_MS = 15_000;
/** What the message of a 503 says where the submission may be stored. */
const NOT_KNOWN = 'it is not known whether the submission is stored';

interface Ended {
  readonly outcome: SubmissionOutcome;
  readonly taskId?: string;
  readonly told?: string;
}

export interface LedgerClientOptions {
  /** Submitted to in turn. */
  readonly urls: readonly string[];
  readonly perSecond: number;
  /** The source of the next event. */
  readonly nextAddress: () => string;
  /** Tells the names of this client's events from those of another's. */
  readonly prefix: string;
}

/** Submits events at a steady rate, whatever becomes of those before, and writes down how each submission went. */
export class LedgerClient {
  readonly entries: LedgerEntry[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private readonly underWay = new Set<Promise<void>>();
  private readonly startedAtMs = performance.now();
  /** At the steady rate. */
  private sent = 0;
  private begun = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: LedgerClientOptions) {
    this.timer = setInterval(() => this.sendWhatIsDue(), 5);
  }

  /** Sends nothing more, and returns when all that was sent has ended. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.underWay);
    this.agent.destroy();
  }

  private sendWhatIsDue(): void {
    const due = ((performance.now() - this.startedAtMs) * this.options.perSecond) / 1_000;
    for (; this.sent < due; this.sent++) this.send();
  }

  /** Submits so many at once, on top of those that are due. */
  burst(count: number): void {
    for (let sent = 0; sent < count; sent++) this.send();
  }

  private send(): void {
    const submission = this.submit(this.begun++).finally(() => this.underWay.delete(submission));
    this.underWay.add(submission);
  }

  private async submit(index: number): Promise<void> {
    const { urls, prefix, nextAddress } = this.options;
    const name = `${prefix}-${index}`;
    const sentAtMs = performance.now();
    const ended = await this.post(`${urls[index % urls.length]}/event/submit/`, name, nextAddress());
    this.entries.push({ name, sentAtMs, endedAtMs: performance.now(), ...ended });
  }

  private post(url: string, name: string, address: string): Promise<Ended> {
    const body = JSON.stringify({ name, status_code: 1 });
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      'x-forwarded-for': address,
    };
    return new Promise((resolve) => {
      const submission = request(url, { method: 'POST', agent: this.agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', (error) => resolve({ outcome: 'cut off', told: error.message }));
        response.on('end', () => {
          const retryAfter = response.headers['retry-after'];
          resolve(judge(response.statusCode ?? 0, retryAfter, Buffer.concat(chunks).toString()));
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
}

function judge(status: number, retryAfter: string | undefined, text: string): Ended {
  const taskId = status === 202 ? taskIdOf(text) : undefined;
  if (taskId !== undefined) return { outcome: 'accepted', taskId };
  if (status === 503 && Number(retryAfter) > 0 && text.includes('"code"')) {
    return { outcome: text.includes(NOT_KNOWN) ? 'unsure' : 'refused', told: text };
  }
  return { outcome: 'wrong', told: `${status} ${text.slice(0, 500)}` };
}

function taskIdOf(text: string): string | undefined {
  try {
    const { data } = JSON.parse(text) as { data?: { task_id?: unknown } };
    return typeof data?.task_id === 'string' ? data.task_id : undefined;
  } catch {
    return undefined;
  }
}
