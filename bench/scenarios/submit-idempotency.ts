import { LoadedService } from '../parts/loaded-service.js';
import { sayWhile } from '../parts/progress.js';
import { repeatKeys } from '../parts/repeat-keys.js';
import { exactly, type Result, type Scenario, told } from '../report.js';
import { DATABASES, NAME_OF, SEED } from './submit-load.js';

const CLIENTS = 64;
const KEYS = 1_000;

/** 64 clients repeat the same 1,000 Idempotency-Keys at once: one event for each key, and all get its answer. */
export const idempotency: Scenario = async (say) => {
  const results: Result[] = [];
  for (const database of DATABASES) {
    const run = `${CLIENTS} clients, the same ${KEYS} keys, ${NAME_OF[database]}`;
    const figures = await LoadedService.during({ database, seed: SEED }, async (service) => {
      const startedAtMs = performance.now();
      const repeating = repeatKeys(service.url, CLIENTS, KEYS);
      const { taskIds, replays, firsts, refused } = await sayWhile(say, `${run}, repeating`, repeating);
      const elapsedS = (performance.now() - startedAtMs) / 1_000;
      const others = Object.values(refused).reduce((sum, count) => sum + count, 0);
      say(`${run}: ${JSON.stringify({ replays, firsts, refused })}`);
      return [
        exactly('events stored', await service.installation.events(), KEYS),
        exactly('keys with one answer for all', taskIds.filter(({ size }) => size === 1).length, KEYS),
        exactly('answers marked as replays', replays, (CLIENTS - 1) * KEYS),
        exactly('answers other than 202', others, 0),
        told('answers per second', (CLIENTS * KEYS) / elapsedS),
      ];
    });
    results.push({ run, figures });
  }
  return results;
};
