import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { StandInProcess } from '../support/stand-in-process.js';
import { publicAddresses } from '../support/whence-client.js';
import { WhenceProcess } from '../support/whence-process.js';
import { runCli } from './run-cli.js';
import { storeSettings, WAYS_TO_RUN } from './ways-to-run.js';

const NOISY = 150;
const QUIET = 3;
/** What the queue has been given before the quiet key comes, and a second's permits that are asked for by then. */
const MOST_BEFORE_THE_FIRST = 12;

describe.each(WAYS_TO_RUN)('the budget of lookups, %s', (way) => {
  it('is shared by API keys: one with many new addresses does not hold up those of another', async () => {
    const standIn = await StandInProcess.start({
      STAND_IN_LOG_REQUESTS: 'true',
      STAND_IN_REQUESTS_PER_SECOND: '1000',
      STAND_IN_HICCUP_SHARE: '0',
    });
    const settings = { ...(await storeSettings(way)), GEOIP_URL: `${standIn.url}/{ip}`, AUTH: 'required' };
    const { url } = await WhenceProcess.start(settings);
    const makeKey = async (name: string) => {
      const ran = await runCli(['keys', 'create', '--name', name, '--scopes', 'submit', '--json'], settings);
      return (JSON.parse(ran.stdout) as { key: string }).key;
    };
    const submit = async (key: string, address: string) => {
      const headers = { 'content-type': 'application/json', 'x-api-key': key, 'x-forwarded-for': address };
      const answer = await fetch(`${url}/event/submit/`, { method: 'POST', headers, body: '{"name":"x"}' });
      expect(answer.status).toBe(202);
    };
    const lookedUp = () => standIn.logLines().flatMap(({ address }) => (typeof address === 'string' ? [address] : []));

    const [noisyKey, quietKey] = [await makeKey('noisy'), await makeKey('quiet')];
    const addresses = publicAddresses(NOISY + QUIET);
    const [noisy, quiet] = [addresses.slice(0, NOISY), addresses.slice(NOISY)];
    await Promise.all(noisy.map((address) => submit(noisyKey, address)));
    const before = lookedUp().length;
    await Promise.all(quiet.map((address) => submit(quietKey, address)));
    const order = await eventually(
      () => {
        expect(lookedUp()).toEqual(expect.arrayContaining(quiet));
        return lookedUp().slice(before);
      },
      { timeoutMs: 40_000, everyMs: 100 },
    );
    // First come first served, the quiet key's would come after the 140 and more that the noisy one's has waiting.
    for (const [index, place] of quiet
      .map((address) => order.indexOf(address))
      .sort((one, other) => one - other)
      .entries()) {
      expect(place).toBeLessThanOrEqual(MOST_BEFORE_THE_FIRST + 2 * index);
    }
  });
});
