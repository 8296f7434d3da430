import { type CollectionTag, type Document, isAlias, Pair, parseDocument, type ScalarTag, visit, YAMLMap } from 'yaml';
import { type Mapping, textOf } from './files.js';

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Mapping;
  readonly DependsOn?: string | string[];
  readonly DeletionPolicy?: string;
}

export interface Template extends Mapping {
  readonly Parameters: Record<
    string,
    {
      readonly Type: string;
      readonly Default?: string | number;
      readonly AllowedValues?: readonly (string | number)[];
      readonly AllowedPattern?: string;
      readonly NoEcho?: boolean;
    }
  >;
  readonly Rules: Record<
    string,
    {
      readonly RuleCondition: { readonly 'Fn::Equals': readonly [unknown, string] };
      readonly Assertions: readonly { readonly Assert: { readonly 'Fn::Contains': readonly [string[], unknown] } }[];
    }
  >;
  readonly Conditions: Record<string, unknown>;
  readonly Resources: Record<string, Resource>;
  readonly Outputs: Record<string, { readonly Value: unknown }>;
}

/** The short forms of functions, such as `!Ref X`, as their long forms. */
const FUNCTIONS: (ScalarTag | CollectionTag)[] = [
  { tag: '!Ref', resolve: (text) => ({ Ref: text }) },
  { tag: '!Sub', resolve: (text) => ({ 'Fn::Sub': text }) },
  { tag: '!GetAtt', resolve: (text) => ({ 'Fn::GetAtt': text }) },
  ofList('!If', 'Fn::If'),
  ofList('!Not', 'Fn::Not'),
  ofList('!Equals', 'Fn::Equals'),
  ofList('!Contains', 'Fn::Contains'),
];

/** A function of a list, which may have functions within it. */
function ofList(tag: string, name: string): CollectionTag {
  const resolve: CollectionTag['resolve'] = (list) => {
    const map = new YAMLMap();
    map.items.push(new Pair(name, list));
    return map;
  };
  return { tag, collection: 'seq', resolve };
}

/** A template with its functions in their long forms. @throws where it is not YAML as CloudFormation takes it */
export function templateOf(path: string): Template {
  const document = parseDocument(textOf(path), { customTags: FUNCTIONS });
  for (const error of [...document.errors, ...document.warnings]) throw new Error(`${path}: ${error.message}`);
  refuseAliases(document, path);
  return document.toJS() as Template;
}

/** CloudFormation knows none. */
function refuseAliases(document: Document, path: string): void {
  visit(document, (_key, node) => {
    if (isAlias(node)) throw new Error(`${path}: CloudFormation takes no aliases, found *${node.source}`);
  });
}

/** What a function in a template refers to: a name, and an attribute of it where it is not the thing itself. */
export interface Reference {
  readonly name: string;
  readonly attribute?: string;
}

/** Everything that is referred to in a part of a template. */
export function referencesIn(part: unknown): Reference[] {
  if (typeof part !== 'object' || part === null) return [];
  const [key, ...others] = Object.keys(part);
  const value: unknown = Object.values(part)[0];
  if (others.length === 0 && typeof value === 'string') {
    if (key === 'Ref') return [{ name: value }];
    if (key === 'Fn::GetAtt') return [referenceOf(value)];
    if (key === 'Fn::Sub') return [...value.matchAll(/\$\{([\w.:]+)\}/g)].map(([, name = '']) => referenceOf(name));
  }
  return Object.values(part).flatMap(referencesIn);
}

/** The names of all conditions that a part of a template depends on. */
export function conditionsIn(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  const own = 'Fn::If' in part && Array.isArray(part['Fn::If']) ? [String(part['Fn::If'][0])] : [];
  return [...own, ...Object.values(part).flatMap(conditionsIn)];
}

function referenceOf(text: string): Reference {
  const [name = '', ...attribute] = text.split('.');
  return attribute.length === 0 ? { name } : { name, attribute: attribute.join('.') };
}

/** Whether a value is only known when the template is carried out. */
export function isFunction(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && /^(Ref|Fn::\w+)$/.test(keys[0] ?? '');
}
