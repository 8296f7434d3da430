import { parseEnv } from 'node:util';
import { editDistance } from './edit-distance.js';
import { settingDefinitions } from './setting-definitions.js';
import type { SettingFault } from './settings.js';

const NAMES: readonly string[] = Object.values(settingDefinitions).map(({ name }) => name);

/** `export` is for files that a shell reads as well. */
const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*\s*=.*)$/;
const BLANK_OR_COMMENT = /^\s*(#.*)?$/;
const UNCLOSED_QUOTE = /=\s*(["'`])(?!.*\1)/;

/** Of names so long two slips are likelier than another name. */
const LONG_NAME = 6;

/** What a file `.env` sets, and what is wrong with it. */
export interface EnvFile {
  readonly values: Readonly<Record<string, string>>;
  readonly faults: readonly SettingFault[];
}

interface Assigned {
  readonly value: string;
  readonly line: number;
}

/**
 * Reads a file `.env` line by line: a line that is none must not take the next one with it. Other programs, such as Docker
 * Compose, may have variables of their own there: of unknown names those alone are faults that must be meant for a setting.
 * Faults show no value, since a line that cannot be read may be a password's.
 */
export function readEnvFile(text: string): EnvFile {
  const values: Record<string, string> = {};
  const assignedTo = new Map<string, Assigned>();
  const faults: SettingFault[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    if (BLANK_OR_COMMENT.test(line)) continue;
    const assigned = assignedIn(line);
    if (typeof assigned === 'string') faults.push({ name: `.env, line ${index + 1}`, message: assigned });
    else {
      for (const [name, value] of Object.entries(assigned)) {
        faults.push(...faultsOf(name, { value, line: index + 1 }, assignedTo.get(name)));
        assignedTo.set(name, { value, line: index + 1 });
        values[name] = value;
      }
    }
  }
  return { values, faults };
}

/** What the line sets, or what is wrong with it. */
function assignedIn(line: string): Record<string, string> | string {
  const [, assignment] = ASSIGNMENT.exec(line) ?? [];
  if (assignment === undefined) return 'expected NAME=value, or a comment that begins with #';
  if (UNCLOSED_QUOTE.test(assignment)) return 'expected a value whose quotes are closed on the same line';
  return parseEnv(assignment) as Record<string, string>;
}

function faultsOf(name: string, { value, line }: Assigned, before: Assigned | undefined): SettingFault[] {
  const meant = settingMeantBy(name);
  if (meant !== undefined) {
    return [{ name: `.env, line ${line}`, message: `${name} is no setting; ${meant} is. Correct or remove the line` }];
  }
  if (before === undefined || before.value === value || !NAMES.includes(name)) return [];
  return [{ name, message: `given twice in .env, with different values: in lines ${before.line} and ${line}` }];
}

/** The setting that somebody surely meant who wrote another name; undefined for settings, and for names of other programs. */
function settingMeantBy(name: string): string | undefined {
  if (NAMES.includes(name)) return undefined;
  const written = name.toUpperCase();
  return NAMES.find((setting) => editDistance(written, setting) <= (setting.length < LONG_NAME ? 1 : 2));
}
