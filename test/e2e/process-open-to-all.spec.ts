import { expect, it } from 'vitest';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { WhenceProcess } from '../support/whence-process.js';

async function warningsWith(settings: Record<string, string>): Promise<unknown[]> {
  const databaseUrl = await freshDatabaseUrl('sqlite');
  const stores = { DATABASE_URL: databaseUrl, GEOIP_URL: 'http://127.0.0.1:9/{ip}' };
  const whence = await WhenceProcess.start({ ...stores, ...settings });
  return whence
    .logLines()
    .filter(({ level, msg = '' }) => level === 'warn' && msg.includes('AUTH'))
    .map(({ msg }) => msg);
}

it('warns once where others than this machine can do everything', async () => {
  expect(await warningsWith({ HOST: '0.0.0.0' })).toEqual([
    expect.stringMatching(/^AUTH: off, .* 0\.0\.0\.0.*AUTH=required.*THROTTLE_PER_MINUTE/),
  ]);
});

it.each<Record<string, string>>([{ HOST: '127.0.0.1' }, { HOST: 'localhost' }, { HOST: '0.0.0.0', AUTH: 'required' }])(
  'does not with %o',
  async (settings) => {
    expect(await warningsWith(settings)).toEqual([]);
  },
);
