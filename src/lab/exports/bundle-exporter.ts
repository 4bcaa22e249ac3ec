import { MicrobatchError } from '../../contracts/errors.ts';
import { writeBundle } from '../../library/bundle/write-bundle.ts';
import type { Exporter } from './exporter.ts';

/** A run as a whole, for another library. */
export const bundleExporter: Exporter = {
  description: 'the whole run with its checkpoints and evaluations, for `import` in another library',
  export: async ({ library, reference, out, force, checkpoint, withWeights, app, signal, wrote }) => {
    if (checkpoint !== undefined) {
      throw new MicrobatchError({
        code: 'export/no-checkpoint',
        message: 'a bundle holds every checkpoint of its run',
        remedy: 'leave --checkpoint out',
      });
    }
    const record = await library.runs.resolve(reference);
    const runFolder = library.runs.folder(record.id);
    const file = await writeBundle({ record, runFolder, out, force, withWeights: withWeights === true, app, signal });
    wrote?.(file.bytes);
    return { run: record.id, weights: null, checkpoint: null, files: [file] };
  },
};
