import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { StandInProcess } from '../support/stand-in-process.js';
import { publicAddresses, standInStats, WhenceClient } from '../support/whence-client.js';
import { WhenceProcess } from '../support/whence-process.js';
import { storeSettings, WAYS_TO_RUN } from './ways-to-run.js';

/** After a clean stop the file is the database by itself. */
async function removeLogOf(databaseUrl: string): Promise<void> {
  const path = databaseUrl.slice('sqlite:'.length);
  await Promise.all([`${path}-wal`, `${path}-shm`].map((file) => rm(file, { force: true })));
}

describe.each(WAYS_TO_RUN)('SIGTERM, %s', (way) => {
  it('ends with exit code 0 and has committed every submission that was answered 202', async () => {
    const standIn = await StandInProcess.start();
    const stores = await storeSettings(way);
    const settings = { ...stores, GEOIP_URL: `${standIn.url}/{ip}` };
    const stopped = await WhenceProcess.start(settings);
    const accepted: string[] = [];
    const submitters = publicAddresses(8).map(async (address) => {
      const client = new WhenceClient(stopped.url);
      // Ends when the service refuses the connection: it is gone then.
      for (;;) {
        const taskId = await client.submit(address).catch(() => null);
        if (taskId === null) return;
        accepted.push(taskId);
      }
    });
    await eventually(() => expect(accepted.length).toBeGreaterThan(100));
    expect(await stopped.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    await Promise.all(submitters);
    if (way === 'embedded') await removeLogOf(stores['DATABASE_URL'] ?? '');

    const client = new WhenceClient((await WhenceProcess.start(settings)).url);
    const missing = await Promise.all(
      accepted.map((taskId) => client.event(taskId).catch((error: unknown) => `${taskId}: ${String(error)}`)),
    );
    expect(missing.filter((found) => typeof found === 'string')).toEqual([]);
  });

  it('sends lookups in flight back and ends within the grace time', async () => {
    const stores = await storeSettings(way);
    const hanging = await StandInProcess.start({ STAND_IN_FAULT: 'hang' });
    const graceMs = 3_000;
    const whence = await WhenceProcess.start({
      ...stores,
      GEOIP_URL: `${hanging.url}/{ip}`,
      GEOIP_TIMEOUT_MS: '60000',
      SHUTDOWN_GRACE_MS: String(graceMs),
    });
    const taskId = await new WhenceClient(whence.url).submit('81.2.69.142');
    await eventually(async () => expect((await standInStats(hanging.url)).requests).toBe(1));
    const toldAtMs = performance.now();
    expect(await whence.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - toldAtMs).toBeLessThan(graceMs + 1_000);
    expect(whence.lines.join('\n')).toContain('"msg":"stopped"');

    const healthy = await StandInProcess.start();
    const again = await WhenceProcess.start({ ...stores, GEOIP_URL: `${healthy.url}/{ip}` });
    const client = new WhenceClient(again.url);
    await eventually(async () => expect((await client.event(taskId)).location_status).toBe('located'), {
      timeoutMs: 30_000,
    });
  });
});
