import { ValidationSeverity, validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { environmentOf, flagOf, instructionsOf, lastCommandOf, lineage, stages, wordsOf } from './dockerfile.js';
import { apiPaths, settingNames, textOf } from './files.js';

/** What becomes an image. */
const TARGETS = ['service', 'stand-in'];

describe('docker/Dockerfile', () => {
  it('has nothing that the linter complains of', () => {
    const found = validate(textOf('docker/Dockerfile'), {
      deprecatedMaintainer: ValidationSeverity.ERROR,
      directiveCasing: ValidationSeverity.ERROR,
      emptyContinuationLine: ValidationSeverity.ERROR,
      instructionCasing: ValidationSeverity.ERROR,
      instructionCmdMultiple: ValidationSeverity.ERROR,
      instructionEntrypointMultiple: ValidationSeverity.ERROR,
      instructionHealthcheckMultiple: ValidationSeverity.ERROR,
      instructionJSONInSingleQuotes: ValidationSeverity.ERROR,
      instructionWorkdirRelative: ValidationSeverity.ERROR,
    });
    expect(found.map(({ message, range }) => [range.start.line + 1, message])).toEqual([]);
  });

  it('makes the image of the service where no target is named', () => {
    expect(stages().at(-1)?.name).toBe('service');
  });

  it('starts from images with a version, and from stages that come before', () => {
    const args = [...textOf('docker/Dockerfile').matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm)];
    expect(args.map(([, , image]) => image)).toEqual(['node:24-bookworm-slim', 'debian:bookworm-slim']);
    const known = args.map(([, name]) => `\${${name}}`);
    for (const { name, from, instructions } of stages()) {
      expect(known).toContain(from);
      known.push(name);
      const copies = instructions.filter((instruction) => instruction.getKeyword() === 'COPY');
      const sources = copies.map((copy) => flagOf(copy, 'from') ?? name);
      expect(known).toEqual(expect.arrayContaining(sources));
    }
    expect(flagOf(instructionsOf('base', 'COPY')[0], 'from')).toBe('node');
  });

  it('takes nothing from the checkout that .dockerignore keeps back, and fetches no files by itself', () => {
    const letIn = textOf('.dockerignore').match(/^!.+$/gm) ?? [];
    const taken = instructionsOf('service-files', 'COPY').flatMap((copy) =>
      flagOf(copy, 'from') === undefined ? wordsOf(copy).slice(0, -1) : [],
    );
    expect(letIn.map((line) => line.slice(1)).sort()).toEqual(taken.sort());
    expect(stages().flatMap(({ name }) => instructionsOf(name, 'ADD'))).toEqual([]);
  });

  describe.each(TARGETS)('the image of the %s', (target) => {
    it('runs as a numbered user that is not root, so that Kubernetes can tell', () => {
      const users = instructionsOf(target, 'USER').map((user) => wordsOf(user)[0]);
      expect(users).toEqual(['10001:10001']);
    });

    it('hands signals on, and starts without a shell', () => {
      expect(lastCommandOf(target, 'ENTRYPOINT')).toEqual(['/usr/bin/tini', '--', 'node']);
      expect(lastCommandOf(target, 'CMD')).toEqual([expect.stringMatching(/^dist\/apps\/[\w-]+\/src\/main\.js$/)]);
    });

    it('says what it is', () => {
      const labels = instructionsOf(target, 'LABEL').map((label) => label.getArgumentsContent() ?? '');
      for (const name of ['title', 'description', 'licenses']) {
        expect(labels.join('\n')).toContain(`org.opencontainers.image.${name}="`);
      }
    });

    it('runs no package manager of Node', () => {
      const runs = lineage(target).flatMap(({ name }) => instructionsOf(name, 'RUN'));
      expect(runs.filter((run) => /\b(npm|npx|yarn)\b/.test(run.getArgumentsContent() ?? ''))).toEqual([]);
    });
  });

  it('gives the service settings that there are', () => {
    const { NODE_ENV, ...settings } = environmentOf('service');
    expect(NODE_ENV).toBe('production');
    expect(settingNames()).toEqual(expect.arrayContaining(Object.keys(settings)));
    expect(settings).toMatchObject({ HOST: '0.0.0.0' });
  });

  it('asks a path that there is whether the service lives', () => {
    const [, path] = /process\.env\.PORT \+ '([^']+)'/.exec(lastCommandOf('service', 'HEALTHCHECK').join(' ')) ?? [];
    expect(path).toBe('/health/live');
    expect(apiPaths()).toContain(path);
  });
});
