/** All wrong settings at once, one a line: name, value and what was expected. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: string[]) {
    super(`wrong settings:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/**
 * Reads typed settings and gathers what is wrong instead of stopping at the first. An empty value counts as not set,
 * as `NAME=` in an env file means. After all are read, `throwIfWrong` throws a SettingsError.
 */
export class SettingReader {
  readonly #problems: string[] = [];

  constructor(private readonly environment: Readonly<Record<string, string | undefined>>) {}

  wholeNumber(name: string, fallback: number, least: number, most: number): number {
    const fits = (text: string) => /^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most;
    return this.#read(name, fallback, `a whole number from ${least} to ${most}`, fits, Number);
  }

  share(name: string, fallback: number): number {
    const fits = (text: string) => /^(0|1|0?\.\d{1,15}|1\.0+|0\.0+)$/.test(text);
    return this.#read(name, fallback, 'a number from 0 to 1, such as 0.05', fits, Number);
  }

  choice<const T extends string>(name: string, fallback: T, choices: readonly T[]): T {
    const fits = (text: string) => (choices as readonly string[]).includes(text);
    return this.#read(name, fallback, `one of ${choices.join(', ')}`, fits, (text) => text as T);
  }

  hostName(name: string, fallback: string): string {
    return this.#read(name, fallback, 'an IP address or a host name', (text) => /^[\w.:-]+$/.test(text), String);
  }

  throwIfWrong(): void {
    if (this.#problems.length > 0) throw new SettingsError(this.#problems);
  }

  #read<T>(
    name: string,
    fallback: T,
    expected: string,
    fits: (text: string) => boolean,
    parse: (text: string) => T,
  ): T {
    const text = this.environment[name]?.trim() ?? '';
    if (text === '') return fallback;
    if (fits(text)) return parse(text);
    this.#problems.push(`${name} is ${JSON.stringify(text)}, expected ${expected}`);
    return fallback;
  }
}
