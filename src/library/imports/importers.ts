import { bundleImporter } from '../bundle/bundle-importer.ts';
import type { Importer } from './importer.ts';
import { csvImporter, jsonImporter, tensorboardImporter, wandbImporter } from './metrics/metric-importers.ts';
import { pthImporter, safetensorsImporter } from './weights-importers.ts';

/** Every form of file that can be imported. The first whose `detect` says yes reads a file. */
export const importers: readonly Importer[] = [
  bundleImporter,
  safetensorsImporter,
  pthImporter,
  wandbImporter,
  tensorboardImporter,
  jsonImporter,
  csvImporter,
];
