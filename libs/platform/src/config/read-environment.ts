import { existsSync, readFileSync } from 'node:fs';
import { type EnvFile, readEnvFile } from './env-file.js';
import { type ExtraCheck, loadSettings, type Settings } from './settings.js';

const FILE = '.env';

/**
 * The settings of this process: the environment, and for what it leaves unset the file `.env` in the working folder.
 * The only place in the service that reads `process.env`.
 * @throws WrongSettingsError
 */
export function readSettings(extraChecks: ExtraCheck[] = []): Settings {
  const { values, faults } = envFile();
  // Libraries read their own variables there, such as OTEL_….
  for (const [name, value] of Object.entries(values)) process.env[name] ??= value;
  return loadSettings(process.env, [...extraChecks, () => [...faults]]);
}

function envFile(): EnvFile {
  if (!existsSync(FILE)) return { values: {}, faults: [] };
  try {
    return readEnvFile(readFileSync(FILE, 'utf8'));
  } catch (error) {
    return { values: {}, faults: [{ name: FILE, message: `cannot be read: ${(error as Error).message}` }] };
  }
}
