import type { Preset } from '../contracts/api.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { methodDescription } from '../contracts/methods.ts';
import { quickstartMethods, quickstartSeeds, quickstartSpecs } from './quickstart-setting.ts';

/** Named specs to start from. */
export const presets: readonly Preset[] = quickstartMethods.map((id) => {
  const { label, summary } = methodDescription(id);
  return {
    name: `quickstart-${id}`,
    label: `Quickstart: ${label.toLowerCase()}`,
    summary,
    spec: quickstartSpecs[id],
    seeds: [...quickstartSeeds],
  };
});

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
