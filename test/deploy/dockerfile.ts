import { type Copy, DockerfileParser, type Instruction } from 'dockerfile-ast';
import { textOf } from './files.js';

/** A stage of docker/Dockerfile: from FROM to before the next one. */
export interface Stage {
  readonly name: string;
  /** What it starts from: an image, the name of another stage, or a variable. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** All stages, in their order. */
export function stages(): Stage[] {
  const found: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const instruction of DockerfileParser.parse(textOf('docker/Dockerfile')).getInstructions()) {
    const [from = '', , name = ''] = wordsOf(instruction);
    if (instruction.getKeyword() === 'FROM') found.push({ name, from, instructions: [] });
    else found.at(-1)?.instructions.push(instruction);
  }
  return found;
}

/** @throws Error where there is no such stage */
export function stage(name: string): Stage {
  const found = stages().find((one) => one.name === name);
  if (found === undefined) throw new Error(`docker/Dockerfile has no stage ${name}`);
  return found;
}

/** The stage and those that it starts from, the first one first. */
export function lineage(name: string): Stage[] {
  const own = stage(name);
  return stages().some((one) => one.name === own.from) ? [...lineage(own.from), own] : [own];
}

/** The instructions of that kind in a stage and in those that it starts from. */
export function instructionsOf(name: string, keyword: string): Instruction[] {
  return lineage(name)
    .flatMap(({ instructions }) => instructions)
    .filter((instruction) => instruction.getKeyword() === keyword);
}

/** The arguments of an instruction as words. */
export function wordsOf(instruction: Instruction): string[] {
  return instruction.getArguments().map((argument) => argument.getValue());
}

/** The value of a flag of COPY, such as from. */
export function flagOf(copy: Instruction, name: string): string | undefined {
  const flag = (copy as Copy).getFlags().find((one) => one.getName() === name);
  return flag?.getValue() ?? undefined;
}

/** What CMD, ENTRYPOINT or HEALTHCHECK runs, which has to be written as a JSON list. */
export function commandOf(instruction: Instruction): string[] {
  const text = instruction.getArgumentsContent() ?? '';
  return JSON.parse(text.slice(text.indexOf('['))) as string[];
}

/** The last CMD, ENTRYPOINT or HEALTHCHECK that counts for a stage. */
export function lastCommandOf(name: string, keyword: 'CMD' | 'ENTRYPOINT' | 'HEALTHCHECK'): string[] {
  const last = instructionsOf(name, keyword).at(-1);
  if (last === undefined) throw new Error(`the stage ${name} has no ${keyword}`);
  return commandOf(last);
}

/** The environment that a stage gives to its processes. */
export function environmentOf(name: string): Record<string, string> {
  const assignments = instructionsOf(name, 'ENV').flatMap(wordsOf);
  return Object.fromEntries(assignments.map((word) => [word.split('=')[0] ?? '', word.slice(word.indexOf('=') + 1)]));
}
