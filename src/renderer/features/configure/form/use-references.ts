import { useCatalogue } from '../../../stores/catalogue.ts';
import { useRuns } from '../../../stores/runs.ts';
import { useImported } from '../../../stores/imported.ts';
import type { Option } from '../fields/field-tree.ts';
import { pathKey } from '../fields/json.ts';
import type { Json, Path } from '../fields/json.ts';

/** Settings that name something else: a data set, a run or a trace that is followed, weights to begin with. */
export function useReferences(): {
  optionsFor(path: Path, value: Json | undefined): readonly Option[] | null;
  isFile(path: Path): boolean;
} {
  const catalogue = useCatalogue();
  const runs = useRuns();
  const imported = useImported();

  function known(path: Path): Option[] | null {
    if (pathKey(path) === 'dataset.id') return catalogue.datasets.map(({ id, label }) => ({ value: id, label }));
    if (pathKey(path) === 'initialWeights.weights') {
      return (imported.weights ?? []).map(({ id, name }) => ({ value: id, label: `${name} (${id})` }));
    }
    if (path.at(-1) !== 'run') return null;
    // Imported traces first: they are few, and were imported to be followed.
    return [
      ...(imported.traces ?? []).map(({ id, name }) => ({ value: id, label: `${name} (${id}), imported trace` })),
      ...runs.records.filter(({ step }) => step > 0).map(({ id, name }) => ({ value: id, label: `${name} (${id})` })),
    ];
  }

  return {
    /** Whether the setting names a file of the host's machine. */
    isFile: (path) => path.at(-1) === 'file' && path.at(-2) === 'trace',
    /** What may be chosen, with what stands there now even if it is unknown; null for a text of its own. */
    optionsFor(path, value) {
      const options = known(path);
      if (options === null) return null;
      if (typeof value !== 'string' || value === '' || options.some((option) => option.value === value)) return options;
      return [...options, { value, label: value }];
    },
  };
}
