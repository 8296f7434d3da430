import { writeJsonLine } from './json-line.js';
import { ParentProcess } from './parent-process.js';
import { ATTRIBUTION, Places } from './places.js';
import { createStandIn } from './stand-in-server.js';
import { readStandInSettings } from './stand-in-settings.js';

const parent = process.send === undefined ? null : new ParentProcess();

if (parent === null) stopOnSignals();
else parent.bindLifetime();

try {
  await start();
} catch (error) {
  await fail(error instanceof Error ? error.message : String(error));
}

async function start(): Promise<void> {
  const { port, host, ...behaviour } = readStandInSettings({ forked: parent !== null });
  const standIn = createStandIn({ ...behaviour, places: await Places.open() });
  const { url } = await standIn.listen(port, host);
  const { seed, fault } = behaviour;
  writeJsonLine({ msg: `geoip-stand-in listening on ${url}`, attribution: ATTRIBUTION, seed, fault });
  await parent?.tell({ type: 'listening', url });
}

async function fail(message: string): Promise<void> {
  process.stderr.write(`geoip-stand-in cannot start: ${message}\n`);
  await parent?.tell({ type: 'failed', message });
  process.exit(1);
}

/** Nothing here is worth waiting for: whoever stops the stand-in has no more use for the answers under way. */
function stopOnSignals(): void {
  process.once('SIGTERM', () => process.exit(0)).once('SIGINT', () => process.exit(0));
}
