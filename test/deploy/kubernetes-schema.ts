import { createRequire } from 'node:module';
import type { Mapping } from './files.js';

interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: object;
}

/** A class of kubernetes-models. */
interface Model {
  /** Validates what it is called on. */
  readonly prototype: { validate(): void };
}

const require = createRequire(import.meta.url);

/** The group of what the Prometheus operator adds to Kubernetes. */
const OPERATOR = 'monitoring.coreos.com/';

/**
 * What is wrong with a manifest by the schemas of Kubernetes, as the package kubernetes-models has them: what is missing, what
 * has the wrong type, and what there is no such field for. A line for each.
 */
export function manifestFaults(manifest: Mapping): string[] {
  const { apiVersion, kind } = manifest as { apiVersion: string; kind: string };
  const models = apiVersion.startsWith(OPERATOR) ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models';
  const { [kind]: model } = require(`${models}/${apiVersion}/${kind}`) as Record<string, Model>;
  const reads = new Reads();
  const wrong = errorsOf(() => model?.prototype.validate.call(reads.watch(manifest, '')));
  return [
    ...wrong.map(({ instancePath, keyword, params }) => `${instancePath}: ${keyword} ${JSON.stringify(params)}`),
    ...reads.missed().map((path) => `${path}: no such field`),
  ];
}

function errorsOf(validate: () => void): readonly SchemaError[] {
  try {
    validate();
    return [];
  } catch (error) {
    const { errors } = error as { errors?: readonly SchemaError[] };
    if (errors === undefined) throw error;
    return errors;
  }
}

/**
 * Which fields somebody reads. The schemas of Kubernetes allow any field beside those that they know, and so would not find a
 * misspelt one; but one that they do not know, they do not look at.
 */
class Reads {
  private readonly unread = new Set<string>();

  watch<T>(value: T, path: string): T {
    if (typeof value !== 'object' || value === null) return value;
    const watched = Object.entries(value).map(([key, inner]) => [key, this.watch<unknown>(inner, `${path}/${key}`)]);
    for (const [key] of watched) this.unread.add(`${path}/${String(key)}`);
    const copy: object = Array.isArray(value) ? watched.map(([, inner]) => inner) : Object.fromEntries(watched);
    return new Proxy(copy, {
      get: (target, key, receiver) => {
        this.unread.delete(`${path}/${String(key)}`);
        return Reflect.get(target, key, receiver) as unknown;
      },
    }) as T;
  }

  /** The fields that nobody has read, without those below them. */
  missed(): string[] {
    return [...this.unread].filter((path) => !this.unread.has(path.slice(0, path.lastIndexOf('/'))));
  }
}
