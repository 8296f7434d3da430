import { existsSync } from 'node:fs';
import { type ExtraCheck, loadSettings, type Settings } from './settings.js';

/**
 * The settings of this process: the environment, and for what it leaves unset the file `.env` in the working folder.
 * The only place in the service that reads `process.env`.
 * @throws WrongSettingsError
 */
export function readSettings(extraChecks: ExtraCheck[] = []): Settings {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return loadSettings(process.env, extraChecks);
}
