import type { Preset } from '../contracts/planning.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { methodDescription } from '../contracts/methods.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { furtherQuickstartSpecs, quickstartMethods, quickstartSeeds, quickstartSpecs } from './quickstart-setting.ts';
import { studyPresets } from './study-presets.ts';

/** Named specs to start from: the quickstart's, its setting with other methods, and the cells of the study's tables. */
export const presets: readonly Preset[] = [
  ...quickstartMethods.map((id) => ({ ...quickstartPreset(quickstartSpecs[id]), seeds: [...quickstartSeeds] })),
  ...furtherQuickstartSpecs.map(quickstartPreset),
  ...studyPresets,
];

function quickstartPreset(spec: RunSpec): Preset {
  const { label, summary } = methodDescription(spec.method);
  const incomplete = spec.method === 'external-grafting' ? { incomplete: true } : {};
  return {
    name: `quickstart-${spec.method}`,
    label: `Quickstart: ${label.toLowerCase()}`,
    summary,
    spec,
    ...incomplete,
  };
}

/** Throws `preset/unknown`. */
export function findPreset(name: string): Preset {
  const found = presets.find((preset) => preset.name === name);
  if (found !== undefined) return found;
  throw new MicrobatchError({
    code: 'preset/unknown',
    message: `there is no preset ${name}`,
    expected: presets.map((preset) => preset.name).join(', '),
  });
}
