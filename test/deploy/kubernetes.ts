import { filesIn, type Mapping, textOf, variablesOf, yamlOf } from './files.js';

export const BASE = 'deploy/kubernetes/base';

/** What all manifests have. */
export interface Manifest extends Mapping {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
}

interface SecretKey {
  readonly name: string;
  readonly key: string;
  readonly optional?: boolean;
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

export interface Container {
  readonly image: string;
  readonly args?: string[];
  readonly ports?: { readonly name: string; readonly containerPort: number }[];
  readonly env: { name: string; value?: string; valueFrom?: { secretKeyRef: SecretKey } }[];
  readonly envFrom?: { readonly configMapRef: { readonly name: string } }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: string[] } } };
  readonly securityContext: Mapping;
  readonly resources: { readonly limits: Mapping; readonly requests: Mapping };
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: {
    readonly initContainers: [Container];
    readonly serviceAccountName: string;
    readonly terminationGracePeriodSeconds: number;
    readonly securityContext: Mapping;
    readonly containers: [Container];
  };
}

/** A Deployment. */
export interface Workload extends Manifest {
  readonly spec: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels: Record<string, string> };
    readonly template: PodTemplate;
  };
}

export interface Kustomization extends Mapping {
  readonly kind: string;
  readonly resources: string[];
  readonly patches?: { readonly path: string; readonly target?: { readonly kind: string } }[];
  readonly images?: { readonly name: string }[];
  readonly configMapGenerator?: { readonly name: string; readonly envs: string[] }[];
}

/** All manifests of the base, as they are before kustomize. */
export function manifests(): Manifest[] {
  return filesIn(BASE)
    .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
    .flatMap((name) => yamlOf<Manifest>(`${BASE}/${name}`));
}

export function ofKind<T extends Manifest = Manifest>(kind: string): T[] {
  return manifests().filter((manifest) => manifest.kind === kind) as T[];
}

export function workloads(): Workload[] {
  return ofKind<Workload>('Deployment');
}

export function kustomization(folder: string): Kustomization {
  return yamlOf<Kustomization>(`${folder}/kustomization.yaml`)[0];
}

/** The settings that are no secret. */
export function sharedSettings(): Record<string, string> {
  return variablesOf(textOf(`${BASE}/settings.env`));
}

/** The settings of a workload's container, or of another; those from the Secret have the values given, if any. */
export function settingsOf(
  { spec }: Workload,
  secrets: Record<string, string>,
  container = spec.template.spec.containers[0],
): Record<string, string> {
  const shared = container.envFrom === undefined ? {} : sharedSettings();
  const own = container.env
    .filter(({ valueFrom }) => valueFrom?.secretKeyRef.optional !== true || valueFrom.secretKeyRef.key in secrets)
    .map(({ name, value, valueFrom }) => [name, value ?? secrets[valueFrom?.secretKeyRef.key ?? '']]);
  return { ...shared, ...(Object.fromEntries(own) as Record<string, string>) };
}

/** The labels of each kind of pods. */
export function podLabels(): Record<string, string>[] {
  return workloads().map(({ spec }) => spec.template.metadata.labels);
}

/** How many kinds of pods labels select. */
export function selected(labels: Record<string, string>): number {
  return podLabels().filter((own) => Object.entries(labels).every(([name, value]) => own[name] === value)).length;
}
