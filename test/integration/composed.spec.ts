import { beforeAll, describe, expect, it } from 'vitest';
import { composeFile, environmentOf, interpolated, makeEnv } from '../deploy/compose.js';
import { storeSettings } from '../e2e/ways-to-run.js';
import { atTestEnd } from '../support/at-test-end.js';
import { ensureBuilt } from '../support/built.js';
import { eventually } from '../support/eventually.js';
import { NginxServer, type NginxVariables } from '../support/nginx-server.js';
import { StandInProcess } from '../support/stand-in-process.js';
import { publicAddresses, standInStats, WhenceClient } from '../support/whence-client.js';
import { WhenceProcess } from '../support/whence-process.js';

const { services } = composeFile();

/** Processes of one role, as many as docker-compose.yml has, with the settings that it gives; only where they find others differs. */
function startRole(role: string, elsewhere: Record<string, string>): Promise<WhenceProcess[]> {
  const settings = { ...environmentOf(role, makeEnv([]).variables), ...elsewhere };
  const count = Number(interpolated(services[role]?.deploy.replicas ?? '', {}));
  return Promise.all(Array.from({ length: count }, () => WhenceProcess.start(settings)));
}

/**
 * What docker-compose.yml gives to nginx, but for how it finds the api processes: by names that Docker knows, and that nginx looks
 * up again and again since 1.27.3, which Debian's is older than.
 */
function nginxVariables(): NginxVariables {
  const {
    WHENCE_LISTEN: _listen,
    WHENCE_API_SERVERS: _servers,
    ...own
  } = environmentOf('nginx', makeEnv([]).variables);
  return own;
}

beforeAll(ensureBuilt);

describe('the installation of docker-compose.yml', () => {
  it('locates what any api process accepts, shows it through nginx, and believes no client about its address', async () => {
    const standIn = await StandInProcess.start({ STAND_IN_HICCUP_SHARE: '0' });
    const elsewhere = { ...(await storeSettings('production')), GEOIP_URL: `${standIn.url}/{ip}` };
    const [apis] = await Promise.all([startRole('api', elsewhere), startRole('worker', elsewhere)]);
    const nginx = await NginxServer.start(
      apis.map(({ url }) => url),
      { variables: nginxVariables },
    );
    atTestEnd(() => nginx.stop());

    // To the api this test is the one proxy: what it says of addresses is believed.
    const addresses = publicAddresses(6);
    await Promise.all(apis.flatMap(({ url }) => addresses.map((address) => new WhenceClient(url).submit(address))));
    const client = new WhenceClient(nginx.url);
    const claimed = await client.submit(addresses[0] ?? '');
    expect(await client.event(claimed)).toMatchObject({ source_ip: '127.0.0.1', location_status: 'unlocatable' });

    const expected = { located: apis.length * addresses.length, unlocatable: 1 };
    await eventually(async () => expect(await client.countByStatus()).toEqual(expected), { timeoutMs: 20_000 });
    expect(await standInStats(standIn.url)).toMatchObject({ requests: addresses.length, refused: 0 });
  });
});
