import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Plugin, ResolvedConfig } from 'vite';

const TEXT = /\.(html|js|css|json|svg|txt)$/;
/** Below it the headers weigh more than what is saved. */
const LEAST_BYTES = 512;

/** Writes a .br and a .gz beside each file of text, so that no request costs a compression. */
export function compress(): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'compress',
    apply: 'build',
    configResolved: (resolved) => void (config = resolved),
    closeBundle: () => compressIn(join(config.root, config.build.outDir)),
  };
}

function compressIn(folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  for (const path of files.filter((file) => TEXT.test(file) && statSync(file).size >= LEAST_BYTES)) {
    const content = readFileSync(path);
    writeFileSync(`${path}.br`, brotliCompressSync(content));
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  }
}
