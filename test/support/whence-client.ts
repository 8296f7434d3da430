/** An event as far as process tests look at it. */
export interface SeenEvent {
  readonly task_id: string;
  readonly location_status: string;
  readonly location: { readonly city: string | null; readonly country_code: string | null } | null;
}

/** Talks to a running service as a REST client behind a trusted proxy would. */
export class WhenceClient {
  constructor(private readonly url: string) {}

  /** Submits one event from the address. @returns its task id; fails on any answer but 202 */
  async submit(address: string, name = 'EC2 Instance Offline'): Promise<string> {
    const response = await fetch(`${this.url}/event/submit/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ name, status_code: 2 }),
    });
    const text = await response.text();
    if (response.status !== 202) throw new Error(`expected 202, found ${response.status}: ${text}`);
    return (JSON.parse(text) as { data: { task_id: string } }).data.task_id;
  }

  async event(taskId: string): Promise<SeenEvent> {
    return (await this.get<{ data: SeenEvent }>(`/event/${taskId}/`)).data;
  }

  /** Up to 1,000 events, newest first. */
  async events(): Promise<SeenEvent[]> {
    return (await this.get<{ data: { events: SeenEvent[] } }>('/event/?limit=1000')).data.events;
  }

  /** How many of the latest 1,000 events are in each location status. */
  async countByStatus(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const event of await this.events()) counts[event.location_status] = (counts[event.location_status] ?? 0) + 1;
    return counts;
  }

  async get<Body>(path: string): Promise<Body> {
    const response = await fetch(`${this.url}${path}`);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  }
}

/** `count` different public addresses, all with a place in the stand-in's data. */
export function publicAddresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `81.2.${64 + Math.floor(index / 200)}.${1 + (index % 200)}`);
}

/** What the stand-in counted since it started, refused requests included. */
export interface StandInStats {
  readonly requests: number;
  readonly refused: number;
  readonly worst_sliding_second: number;
}

export async function standInStats(url: string): Promise<StandInStats> {
  return (await (await fetch(`${url}/stats`)).json()) as StandInStats;
}
