import type { MethodDescription } from '../../../../contracts/methods.ts';
import { hasSetting, methodFieldNames } from '../draft/draft.ts';
import type { JsonObject } from '../fields/json.ts';
import { rowsOf } from '../fields/field-rows.ts';
import type { Row } from '../fields/field-rows.ts';
import type { Field } from '../fields/field-tree.ts';

/** A headed part of the form. */
export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

type SectionName = 'data' | 'optimisation' | 'records';

/** Fields that have a place; every other one, of a method or of a later version, stands with the records. */
const places: Readonly<Record<string, SectionName>> = {
  model: 'data',
  dataset: 'data',
  batchSize: 'optimisation',
  microBatchSize: 'optimisation',
  learningRate: 'optimisation',
  steps: 'optimisation',
};

const sectionOf = (field: Field): SectionName => places[field.name] ?? 'records';

/** The whole form for a document: every setting that its method has, or that stands in it all the same. */
export function sectionsOf(
  fields: readonly Field[],
  document: JsonObject,
  method: MethodDescription | undefined,
): Section[] {
  const shown = fields.filter(
    ({ name }) => name !== 'method' && (hasSetting(method, name) || document[name] !== undefined),
  );
  // What belongs to the method comes before what all methods have.
  const ordered = [...shown].sort(
    (a, b) => Number(methodFieldNames.has(b.name)) - Number(methodFieldNames.has(a.name)),
  );
  const rows = (section: SectionName): Row[] =>
    ordered
      .filter((field) => sectionOf(field) === section)
      .flatMap((field) => rowsOf(field, document[field.name] ?? field.fallback, [field.name]));
  return [
    { title: 'Model and data', rows: rows('data') },
    { title: 'Optimisation', rows: rows('optimisation') },
    {
      title: shown.some(({ name }) => methodFieldNames.has(name)) ? recordsTitle(method) : 'Records',
      rows: rows('records'),
    },
  ];
}

const recordsTitle = (method: MethodDescription | undefined): string =>
  method?.family === 'grafting' ? 'Grafting and records' : 'Penalty and records';
