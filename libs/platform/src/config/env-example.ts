import type { Setting } from './setting.js';
import { settingDefinitions } from './setting-definitions.js';

/** The text of `.env.example`: every setting with its description, what it takes, and its default, commented out. */
export function renderEnvExample(): string {
  const blocks = Object.values<Setting<unknown>>(settingDefinitions).map((setting) =>
    [`# ${setting.description}`, `# Takes ${setting.expected}.`, `#${setting.name}=${setting.defaultText ?? ''}`].join(
      '\n',
    ),
  );
  return (
    ['# Settings of Whence, with their defaults. Copy to .env and uncomment what you change.', ...blocks].join('\n\n') +
    '\n'
  );
}
