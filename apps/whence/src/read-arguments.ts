import { parseArgs, type ParseArgsConfig } from 'node:util';

/**
 * Reads a command's arguments as `parseArgs` does, but refuses an option that is given twice, of which that takes the last.
 * @throws Error saying what is wrong with them
 */
export function readArguments<Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
  const read = parseArgs(config);
  const { tokens = [] } = parseArgs({ ...config, tokens: true });
  const given = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option' || config.options?.[token.name]?.multiple === true) continue;
    if (given.has(token.name)) throw new Error(`--${token.name}: expected once, found twice`);
    given.add(token.name);
  }
  return read;
}
