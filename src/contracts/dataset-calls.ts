import { z } from 'zod';
import { acting, nothing, reading } from './call-entry.ts';
import {
  datasetCard,
  datasetDescription,
  datasetEntry,
  datasetKind,
  datasetProgress,
  datasetReport,
} from './datasets.ts';
import { hostFile } from './files.ts';

const datasetName = z.string().min(1).max(100);
/** Calls about data sets: part of the table in api.ts. */
export const datasetCalls = {
  'datasets.list': reading(nothing, z.array(datasetDescription)),
  /** The whole catalogue: sets that can be trained on, and known ones that can be fetched. */
  'datasets.catalogue': reading(nothing, z.array(datasetEntry)),
  /** Reads a set from a file or folder of the host's machine. */
  'datasets.add': acting(
    z.object({ path: hostFile, id: z.string().max(100).optional(), kind: datasetKind.optional() }),
    datasetReport,
  ),
  'datasets.download': acting(z.object({ dataset: datasetName }), datasetReport),
  'datasets.verify': acting(z.object({ dataset: datasetName }), datasetReport),
  /** Gives up what is being done to a set: by its id, or its path while it is added without one. */
  'datasets.cancel': acting(z.object({ dataset: z.string().min(1).max(4000) }), nothing),
  /** Moves a set to the trash; `datasets.restore` brings it back. */
  'datasets.remove': acting(z.object({ dataset: datasetName }), nothing),
  'datasets.restore': acting(z.object({ dataset: datasetName }), nothing),
  'datasets.card': reading(z.object({ dataset: datasetName }), datasetCard),
} as const;

export const datasetEvents = {
  /** The catalogue of data sets is another one. */
  'datasets.changed': z.object({ dataset: z.string() }),
  'dataset.progress': datasetProgress,
} as const;
