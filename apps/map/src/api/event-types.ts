export type LocationStatus = 'pending' | 'located' | 'unlocatable' | 'failed';

export interface EventLocation {
  readonly country_code: string | null;
  readonly country: string | null;
  readonly region: string | null;
  readonly city: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly timezone: string | null;
  readonly source: string;
  readonly looked_up_at: string;
}

/** An event as the API shows it; openapi.json describes each field. */
export interface WhenceEvent {
  readonly task_id: string;
  readonly name: string | null;
  readonly status_code: number | null;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly occurred_at: string | null;
  readonly received_at: string;
  readonly source_ip: string | null;
  readonly location_status: LocationStatus;
  readonly location: EventLocation | null;
  readonly estimated_located_at: string | null;
  readonly location_error: {
    readonly code: string;
    readonly message: string;
    readonly attempts: number;
    readonly next_attempt_at: string | null;
  } | null;
}

export interface EventPage {
  readonly events: readonly WhenceEvent[];
  readonly next_cursor: string | null;
}

export interface EventStats {
  readonly by: string;
  readonly interval: string | null;
  readonly total: number;
  readonly groups: readonly StatsGroup[];
}

export interface StatsGroup {
  readonly value: string | number | null;
  readonly count: number;
}

/** How the lookups do; null is what cannot be read just now. */
export interface LookupStatus {
  readonly state: 'up' | 'degraded';
  readonly message: string | null;
  readonly requests_per_second: number;
  readonly breaker: 'closed' | 'open' | 'half_open' | null;
  readonly pace: number | null;
  readonly paused_for_seconds: number | null;
  readonly budget_used: number | null;
  readonly keys_waiting: number | null;
  readonly lookups_active: number | null;
  readonly oldest_pending_received_at: string | null;
  readonly oldest_pending_age_seconds: number | null;
}
