import type { ApiKeyEntity, MadeKey } from '#libs/access';

/** A key as `--json` has it. @param text the key itself, where it was just made */
export function keyAsJson(row: ApiKeyEntity, text?: string): object {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes.split(','),
    ...(text !== undefined && { key: text }),
    cidrs: row.cidrs?.split(',') ?? [],
    throttle_per_minute: row.throttlePerMinute,
    created_at: timeOf(row.createdAtMs),
    expires_at: timeOf(row.expiresAtMs),
    revoked_at: timeOf(row.revokedAtMs),
  };
}

/** A key that was just made, for people. */
export function madeKeyText({ row, text }: MadeKey): string {
  const until = row.expiresAtMs === null ? '' : `, until ${timeOf(row.expiresAtMs)}`;
  return `${text}\n\nThe key "${row.name}" (id ${row.id}) for ${row.scopes}${until}. It is shown this once only.`;
}

/** Keys in columns, for people. */
export function keyTable(rows: readonly ApiKeyEntity[], nowMs: number): string {
  if (rows.length === 0) return 'There are no keys; make one with keys create.';
  const lines = rows.map((row) => [
    row.id,
    row.name,
    row.scopes,
    stateOf(row, nowMs),
    timeOf(row.createdAtMs) ?? '',
    timeOf(row.expiresAtMs) ?? 'never',
    row.cidrs ?? 'anywhere',
    row.throttlePerMinute === null ? 'as set' : String(row.throttlePerMinute),
  ]);
  const table = [['id', 'name', 'scopes', 'state', 'created', 'expires', 'from', 'per minute'], ...lines];
  const widths = table[0]?.map((_title, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? [];
  return table
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function stateOf({ revokedAtMs, expiresAtMs }: ApiKeyEntity, nowMs: number): string {
  if (revokedAtMs !== null) return 'revoked';
  return expiresAtMs !== null && expiresAtMs <= nowMs ? 'expired' : 'valid';
}

function timeOf(ms: number): string;
function timeOf(ms: number | null): string | null;
function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
