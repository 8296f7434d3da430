import { templateOf } from './cloudformation.js';
import type { Mapping } from './files.js';

/** The one container of a task. */
export interface Container {
  readonly Environment?: { Name: string; Value: string | { Ref: string } }[];
  readonly Secrets: { Name: string; ValueFrom: { 'Fn::Sub': string } | { Ref: string } }[];
  readonly Command?: string[];
  readonly Image: unknown;
  readonly StopTimeout?: number;
  readonly ReadonlyRootFilesystem?: boolean;
  readonly HealthCheck?: { readonly Command: string[] };
  readonly PortMappings?: { readonly ContainerPort: number }[];
}

/** deploy/aws/whence.yaml. */
export const template = templateOf('deploy/aws/whence.yaml');
const { Parameters, Resources } = template;

/** As long as the one that the template has made. */
const HASH_SECRET = 'x'.repeat(64);

/** The properties of a resource. */
export function properties<T = Mapping>(name: string): T {
  return Resources[name]?.Properties as T;
}

export function containerOf(task: string): Container {
  return properties<{ ContainerDefinitions: [Container] }>(task).ContainerDefinitions[0];
}

/** The container's settings, with the defaults of the parameters. */
export function settingsOf(task: string): Record<string, string> {
  const { Environment = [], Secrets } = containerOf(task);
  const own = Environment.map(({ Name, Value }) => [Name, typeof Value === 'string' ? Value : defaultOf(Value.Ref)]);
  return Object.fromEntries([
    ...own,
    ...Secrets.map(({ Name, ValueFrom }) => [Name, secretOf(Name, ValueFrom)]),
  ]) as Record<string, string>;
}

function secretOf(name: string, from: Container['Secrets'][number]['ValueFrom']): string | undefined {
  return 'Ref' in from ? HASH_SECRET : connections()[name];
}

function defaultOf(parameter: string): string {
  return String(Parameters[parameter]?.Default);
}

/** What the secret holds, with something in place of what is only known later. */
export function connections(): Record<string, string> {
  const text = properties<{ SecretString: { 'Fn::Sub': string } }>('Connections').SecretString['Fn::Sub'];
  const filled = text
    .replaceAll('${GeoIpUrl}', 'http://geoip-api.example/{ip}')
    .replaceAll('${OtlpEndpoint}', defaultOf('OtlpEndpoint'))
    .replaceAll('${OtlpHeaders}', defaultOf('OtlpHeaders'))
    .replaceAll('${Database.Endpoint.Port}', '3306')
    .replaceAll('${Cache.PrimaryEndPoint.Port}', '6379')
    .replaceAll(/\{\{resolve:secretsmanager:\$\{\w+\}:SecretString:password\}\}/g, 'Abc123')
    .replaceAll(/\$\{[\w.]+\}/g, 'host.example');
  return JSON.parse(filled) as Record<string, string>;
}
