import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { conditionsIn, isFunction, type Reference, referencesIn, type Template } from './cloudformation.js';
import type { Mapping } from './files.js';

const specification = loadAwsServiceSpecSync();

type ResourceType = ReturnType<typeof resourceTypeOf>;
type Properties = ResourceType['properties'];
type PropertyType = Properties[string]['type'];

/** @throws where CloudFormation knows no such type */
function resourceTypeOf(type: string) {
  return specification.lookup('resource', 'cloudFormationType', 'equals', type).only();
}

/**
 * What is wrong with a template by the specification of CloudFormation, as the package aws-service-spec has it: properties that
 * there are not, that are missing or of another type, and references to nothing. A line for each.
 */
export function templateFaults(template: Template): string[] {
  const properties = Object.entries(template.Resources).flatMap(([name, { Type, Properties }]) =>
    objectFaults(Properties, resourceTypeOf(Type).properties, name),
  );
  return [...properties, ...referenceFaults(template), ...conditionFaults(template), ...unusedParameters(template)];
}

function objectFaults(value: Mapping, known: Properties, path: string): string[] {
  const missing = Object.entries(known).filter(([name, { required }]) => required === true && !(name in value));
  return [
    ...missing.map(([name]) => `${path}: ${name} is missing`),
    ...Object.entries(value).flatMap(([name, inner]) => {
      const property = known[name];
      if (property === undefined) return [`${path}: there is no ${name}`];
      const types = [property.type, ...(property.previousTypes ?? [])];
      return fewestFaults(types.map((type) => valueFaults(inner, type, `${path}.${name}`)));
    }),
  ];
}

function valueFaults(value: unknown, type: PropertyType, path: string): string[] {
  if (isFunction(value)) return [];
  if (type.type === 'union') return fewestFaults(type.types.map((one) => valueFaults(value, one, path)));
  if (type.type === 'json') return [];
  if (type.type === 'array') {
    if (!Array.isArray(value)) return [`${path}: expected a list`];
    return value.flatMap((inner, at) => valueFaults(inner, type.element, `${path}[${at}]`));
  }
  if (type.type === 'map' || type.type === 'ref' || type.type === 'tag') return mappingFaults(value, type, path);
  return fits(value, type) ? [] : [`${path}: expected ${expectedOf(type)}, found ${JSON.stringify(value)}`];
}

function mappingFaults(value: unknown, type: PropertyType, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: expected a mapping`];
  if (type.type === 'ref') {
    return objectFaults(value as Mapping, specification.get('typeDefinition', type.reference).properties, path);
  }
  if (type.type !== 'map') return [];
  return Object.entries(value).flatMap(([key, inner]) => valueFaults(inner, type.element, `${path}.${key}`));
}

/** CloudFormation takes numbers and truth values as text as well, and the other way round. */
function fits(value: unknown, type: PropertyType): boolean {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (type.type === 'integer') return /^-?\d+$/.test(text);
  if (type.type === 'number') return text !== '' && Number.isFinite(Number(text));
  if (type.type === 'boolean') return text === 'true' || text === 'false';
  if (type.type !== 'string' || type.allowedValues === undefined) return typeof value !== 'object';
  return type.allowedValues.includes(text);
}

function expectedOf(type: PropertyType): string {
  return type.type === 'string' && type.allowedValues !== undefined ? type.allowedValues.join(' or ') : type.type;
}

function fewestFaults(tries: string[][]): string[] {
  return tries.reduce((best, one) => (one.length < best.length ? one : best));
}

function conditionFaults({ Conditions, Resources }: Template): string[] {
  const used = new Set(conditionsIn(Resources));
  const missing = [...used].filter((name) => !(name in Conditions)).map((name) => `there is no condition ${name}`);
  const unused = Object.keys(Conditions).filter((name) => !used.has(name));
  return [...missing, ...unused.map((name) => `the condition ${name} is not used`)];
}

function referenceFaults({ Parameters, Rules, Conditions, Resources, Outputs }: Template): string[] {
  const dependencies = Object.values(Resources).flatMap(({ DependsOn = [] }) =>
    [DependsOn].flat().map((name): Reference => ({ name })),
  );
  const all = [Rules, Conditions, Resources, Outputs].flatMap(referencesIn).concat(dependencies);
  return all
    .filter(({ name, attribute }) => {
      if (attribute === undefined) return !(name in Parameters || name in Resources || name.startsWith('AWS::'));
      const type = Resources[name]?.Type;
      return type === undefined || !(attribute in resourceTypeOf(type).attributes);
    })
    .map(({ name, attribute }) => `there is no ${[name, attribute].filter(Boolean).join('.')}`);
}

function unusedParameters({ Parameters, Conditions, Resources }: Template): string[] {
  const used = new Set([Conditions, Resources].flatMap(referencesIn).map(({ name }) => name));
  return Object.keys(Parameters)
    .filter((name) => !used.has(name))
    .map((name) => `the parameter ${name} is not used`);
}
