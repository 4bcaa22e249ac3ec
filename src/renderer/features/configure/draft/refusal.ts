import type { ErrorShape } from '../../../../contracts/errors.ts';
import { errorSentences } from '../../../format/words.ts';
import type { Path } from '../fields/json.ts';
import type { Finding } from './findings.ts';

/** Settings that the errors of an area speak about. Other areas (a probe that died) say nothing against the spec. */
const places: Readonly<Record<string, Path>> = {
  model: ['model'],
  graph: ['model'],
  data: ['dataset', 'id'],
  method: ['method'],
  training: ['batchSize'],
  trace: ['graft'],
};

/** What the engine has against a spec that its schema allows: nets that cannot be built on these images, for one. */
export function refusalFinding(error: ErrorShape): Finding | null {
  const path = places[error.code.split('/')[0] ?? ''];
  if (path === undefined) return null;
  const { text, detail } = errorSentences(error);
  return { severity: 'error', path, lead: `${text}.`, detail, remedies: [] };
}
