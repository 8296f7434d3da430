import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { exportBody } from './export-body.js';

/** So large that a stream holds back after each. */
const PIECE = 'x'.repeat(100_000);

async function bytesOf(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer | string>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const unexpected = (error: unknown) => expect.unreachable(String(error));

/** Pieces that tell how many were asked for, and fail after the given number. Each third is empty. */
class Pieces {
  asked = 0;
  hasEnded = false;
  readonly all = this.generate();

  constructor(
    private readonly count: number,
    private readonly failAfter = Infinity,
  ) {}

  private async *generate(): AsyncGenerator<string> {
    try {
      while (this.asked < this.count) {
        if (this.asked === this.failAfter) throw new Error('gone');
        this.asked++;
        yield this.asked % 3 === 0 ? '' : PIECE;
      }
    } finally {
      this.hasEnded = true;
    }
  }
}

describe.each([false, true])('exportBody, gzipped: %s', (isGzipped) => {
  it('has all pieces', async () => {
    const bytes = await bytesOf(exportBody(new Pieces(5).all, { isGzipped, onFailure: unexpected }));
    expect((isGzipped ? gunzipSync(bytes) : bytes).toString()).toBe(PIECE.repeat(4));
  });

  it('is empty without pieces', async () => {
    const bytes = await bytesOf(exportBody(new Pieces(0).all, { isGzipped, onFailure: unexpected }));
    expect((isGzipped ? gunzipSync(bytes) : bytes).toString()).toBe('');
  });

  it('asks for no further piece when it is destroyed, and takes that for no failure', async () => {
    const pieces = new Pieces(1_000_000);
    const body = exportBody(pieces.all, { isGzipped, onFailure: unexpected });
    await once(body, 'readable');
    body.destroy();
    await expect.poll(() => pieces.hasEnded).toBe(true);
    expect(pieces.asked).toBeLessThan(20);
  });

  it('tells of a failure once, and ends by an error', async () => {
    const failures: unknown[] = [];
    const body = exportBody(new Pieces(10, 4).all, { isGzipped, onFailure: (error) => failures.push(error) });
    await expect(bytesOf(body)).rejects.toThrow();
    expect(failures).toEqual([new Error('gone')]);
  });
});

describe('exportBody', () => {
  it('asks for nothing while nobody reads', async () => {
    const pieces = new Pieces(1_000_000);
    const body = exportBody(pieces.all, { isGzipped: false, onFailure: unexpected });
    await once(body, 'readable');
    const asked = pieces.asked;
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(pieces.asked).toBe(asked);
    body.destroy();
  });
});
