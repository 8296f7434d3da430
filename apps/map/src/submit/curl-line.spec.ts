import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { curlLine } from './curl-line.js';

/** What a shell would call curl with. */
function wordsIn(line: string): string[] {
  const script = line.replace(/^curl/, `printf '%s\\n'`);
  return execFileSync('sh', ['-c', script], { encoding: 'utf8', env: { WHENCE_KEY: 'k' } })
    .trimEnd()
    .split('\n');
}

describe('curlLine', () => {
  const URL = 'http://127.0.0.1:3000/event/submit/';

  it('says the same to curl as the form says to the API', () => {
    const body = { name: `it's $HOME & "more" \\ éß`, status_code: -2 };
    const words = wordsIn(curlLine({ url: URL, body, sourceIp: '81.2.69.142', needsKey: false }));
    expect(words).toEqual([
      ...[URL, '-H', 'Content-Type: application/json', '-H', 'X-Forwarded-For: 81.2.69.142', '-d'],
      JSON.stringify(body),
    ]);
  });

  it('leaves the key to the shell', () => {
    const line = curlLine({ url: URL, body: { name: 'x' }, sourceIp: null, needsKey: true });
    expect(wordsIn(line)).toContain('X-API-Key: k');
    expect(line).not.toContain('X-Forwarded-For');
  });
});
