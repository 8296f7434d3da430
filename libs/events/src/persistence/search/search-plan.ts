import type { EventFilter } from '../../domain/event-filter.js';
import { allOf, type Condition } from './condition.js';
import { type FilterTerm, termsOf } from './filter-terms.js';
import type { SearchPlan, Span } from './index-walk.js';
import type { IndexReader } from './index-reader.js';

/** A range of so few values is read value by value; one of more in the order of time. */
const FEW_VALUES = 50;

/**
 * Chooses the index for a search: the first that has few entries in the span, else the first there is. A range of names or
 * addresses is taken as its values where these are few.
 */
export async function planSearch(
  reader: IndexReader,
  filter: EventFilter,
  span: Span,
  few: number,
): Promise<SearchPlan> {
  const terms = await withValues(
    reader,
    termsOf(filter, (name) => reader.dialect.column(name)),
  );
  const candidates = terms.filter((term) => term.values !== undefined);
  let chosen: SearchPlan | null = null;
  for (const term of candidates) {
    const plan = planBy(term, terms);
    // A search that tests nothing on the way finds something in each entry.
    if (terms.length === 1) return plan;
    const firstStop = await reader.stop(plan, span, few);
    if (firstStop === null) return plan;
    chosen ??= { ...plan, firstStop };
  }
  return chosen ?? inOrderOfTime(reader, terms, span, few);
}

async function inOrderOfTime(
  reader: IndexReader,
  terms: readonly FilterTerm[],
  span: Span,
  few: number,
): Promise<SearchPlan> {
  const plan = { index: null, values: null, residual: conditionsOf(terms), firstStop: null };
  return terms.length === 0 ? plan : { ...plan, firstStop: await reader.stop(plan, span, few) };
}

function planBy(term: FilterTerm, terms: readonly FilterTerm[]): SearchPlan {
  const { index, values } = { index: term.values?.index ?? null, values: term.values ?? null };
  return { index, values, residual: conditionsOf(terms.filter((other) => other !== term)), firstStop: null };
}

function conditionsOf(terms: readonly FilterTerm[]): Condition {
  return allOf(terms.map(({ condition }) => condition));
}

async function withValues(reader: IndexReader, terms: readonly FilterTerm[]): Promise<FilterTerm[]> {
  const found: FilterTerm[] = [];
  // One after the other: of two statements at once, one would still run when the other has failed.
  for (const term of terms) found.push(await withFewValues(reader, term));
  return found;
}

async function withFewValues(reader: IndexReader, term: FilterTerm): Promise<FilterTerm> {
  if (term.range === undefined) return term;
  const values = await reader.fewValues(term.range, FEW_VALUES);
  if (values === null) return term;
  return { ...term, values: { index: term.range.index, column: term.range.column, values } };
}
