import { expect, it } from 'vitest';
import type { AuditedDeed, AuditLog } from '#libs/platform';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { ApiKeyRepository } from '../persistence/api-key.repository.js';
import { KeyAdministration } from './key-administration.js';

it('writes down all that a new key may do, and nothing of its secret', async () => {
  const deeds: AuditedDeed[] = [];
  const rows = strictDouble<ApiKeyRepository>('rows', { insert: async () => {} });
  const audit = strictDouble<AuditLog>('audit', { record: async (_actor, deed) => void deeds.push(deed) });
  const clock = new ManualClock();
  const wish = {
    name: 'web',
    scopes: ['read'],
    expiresInMs: 60_000,
    cidrs: ['10.0.0.0/8'],
    throttlePerMinute: 0,
  } as const;
  const { row, text } = await new KeyAdministration(rows, audit, clock).create('cli:me', wish);
  const details = {
    name: 'web',
    scopes: ['read'],
    expires_at: new Date(clock.nowMs() + 60_000).toISOString(),
    cidrs: ['10.0.0.0/8'],
    throttle_per_minute: 0,
  };
  expect(deeds).toEqual([{ action: 'key.created', subject: row.id, details }]);
  expect(JSON.stringify(deeds)).not.toContain(text.slice(-20));
});
