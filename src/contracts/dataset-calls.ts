import { z } from 'zod';
import { call, nothing } from './call-entry.ts';
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
  'datasets.list': call(nothing, z.array(datasetDescription)),
  /** The whole catalogue: sets that can be trained on, and known ones that can be fetched. */
  'datasets.catalogue': call(nothing, z.array(datasetEntry)),
  /** Reads a set from a file or folder of the host's machine. */
  'datasets.add': call(
    z.object({ path: hostFile, id: z.string().max(100).optional(), kind: datasetKind.optional() }),
    datasetReport,
  ),
  'datasets.download': call(z.object({ dataset: datasetName }), datasetReport),
  'datasets.verify': call(z.object({ dataset: datasetName }), datasetReport),
  /** Gives up what is being done to a set: by its id, or its path while it is added without one. */
  'datasets.cancel': call(z.object({ dataset: z.string().min(1).max(4000) }), nothing),
  /** Moves a set to the trash; `datasets.restore` brings it back. */
  'datasets.remove': call(z.object({ dataset: datasetName }), nothing),
  'datasets.restore': call(z.object({ dataset: datasetName }), nothing),
  'datasets.card': call(z.object({ dataset: datasetName }), datasetCard),
} as const;

export const datasetEvents = {
  /** The catalogue of data sets is another one. */
  'datasets.changed': z.object({ dataset: z.string() }),
  'dataset.progress': datasetProgress,
} as const;
