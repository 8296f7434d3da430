import { describe, expect, it } from 'vitest';
import { renderEnvExample } from './env-example.js';
import type { Setting } from './setting.js';
import { settingDefinitions } from './setting-definitions.js';
import { loadSettings } from './settings.js';

const settings: Setting<unknown>[] = Object.values(settingDefinitions);
const lines = renderEnvExample().split('\n');

describe('renderEnvExample', () => {
  it.each(settings)('shows $name with its description, what it takes, and its default', (setting) => {
    const at = lines.indexOf(`#${setting.name}=${setting.defaultText ?? ''}`);
    expect(lines.slice(at - 2, at)).toEqual([`# ${setting.description}`, `# Takes ${setting.expected}.`]);
  });

  it('means the same when every setting is uncommented', () => {
    const assignments = lines.flatMap((line) => /^#([A-Z_]+)=(.*)$/.exec(line)?.slice(1, 3) ?? []);
    const environment: Record<string, string> = {};
    for (let at = 0; at < assignments.length; at += 2) environment[assignments[at] ?? ''] = assignments[at + 1] ?? '';
    expect(Object.keys(environment)).toHaveLength(settings.length);
    expect(loadSettings(environment)).toEqual(loadSettings({}));
  });

  it('sets nothing as it stands', () => {
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });
});
