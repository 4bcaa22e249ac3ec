import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { MicrobatchError } from '../../contracts/errors.ts';
import type { ExportedFile, ExportFormat } from '../../contracts/exports.ts';
import { hasSpec } from '../../contracts/run-record.ts';
import type { RunRecord, SpecifiedRun } from '../../contracts/run-record.ts';
import { microBatchSizeOf } from '../../contracts/run-spec.ts';
import { taskOf } from '../../data/describe.ts';
import { openRaw } from '../../data/open-dataset.ts';
import type { RawDataset } from '../../data/open-dataset.ts';
import { pixelStatistics } from '../../data/raw-images.ts';
import { CheckpointStore } from '../../library/checkpoints/checkpoint-store.ts';
import type { LoadedCheckpoint } from '../../library/checkpoints/checkpoint-store.ts';
import { requireFree, writeNewFile } from '../../library/exports/new-file.ts';
import { requireFreeFolder, writeNewFolder } from '../../library/exports/new-folder.ts';
import { npzParts } from '../../library/formats/write-npz.ts';
import { onnxForm, onnxParts } from '../../library/formats/write-onnx.ts';
import { pthParts } from '../../library/formats/write-pth.ts';
import { safetensorsParts } from '../../library/formats/write-safetensors.ts';
import { isTfjsFile, tfjsFiles, tfjsForm, tfjsNames, tfjsTensors } from '../../library/formats/write-tfjs.ts';
import { netWeights } from '../../library/weights/net-weights.ts';
import { WeightsStore } from '../../library/weights/weights-store.ts';
import type { NamedTensors, NetWeights } from '../../library/weights/net-weights.ts';
import { findRunOrWeights } from '../run-or-weights.ts';
import type { Exported, Exporter, ExportTask } from './exporter.ts';

type WeightsFormat = Extract<ExportFormat, 'safetensors' | 'pth' | 'npz' | 'onnx' | 'tfjs'>;

const descriptions: Readonly<Record<WeightsFormat, string>> = {
  safetensors: 'weights by PyTorch name',
  pth: 'a PyTorch state_dict, for torch.load with weights_only=True',
  npz: 'NumPy arrays by PyTorch name',
  onnx: 'an inference model: normalised images to logits',
  tfjs: 'a folder with an inference model, for tf.loadLayersModel of TensorFlow.js',
};

/** What is to be written, wherever it comes from. */
interface Weights {
  readonly run: string | null;
  readonly weights: string | null;
  readonly checkpoint: number | null;
  readonly tensors: NamedTensors;
  /** The net, where it is known. */
  readonly net: NetWeights | null;
  /** What the model card says of them. */
  readonly card: Readonly<Record<string, unknown>>;
}

/** Writes weights, and a model card beside them: `<file>.json`. */
export function weightsExporter(format: WeightsFormat): Exporter {
  return {
    description: descriptions[format],
    export: async (task) => {
      const cardPath = `${task.out}.json`;
      // Asked before anything is read: to write them can take a while.
      if (format === 'tfjs') await requireFreeFolder(task.out, { force: task.force, isOurs: isTfjsFile });
      else await requireFree(task.out, task.force);
      await requireFree(cardPath, task.force);
      const weights = await weightsOf(task);
      const { files, tensors, form } = await writeWeights(format, weights, task);
      const [file, ...others] = files.map(({ path, bytes, sha256 }) => ({
        ...{ name: relative(dirname(task.out), path).replaceAll('\\', '/'), format, bytes, sha256 },
      }));
      const card = {
        ...weights.card,
        ...{ file, ...(others.length === 0 ? {} : { shards: others }) },
        ...form,
        tensors: [...tensors].map(([name, { type, shape, data }]) => ({
          name,
          type,
          shape,
          sha256: createHash('sha256')
            .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
            .digest('hex'),
        })),
      };
      const text = Buffer.from(`${JSON.stringify(card, null, 2)}\n`);
      const written = await writeNewFile(cardPath, [text], task).catch(async (error: unknown) => {
        await rm(task.out, { force: true, recursive: true });
        throw error;
      });
      const { run, weights: id, checkpoint } = weights;
      return { run, weights: id, checkpoint, files: [...files, written] } satisfies Exported;
    },
  };
}

interface Written {
  readonly files: readonly ExportedFile[];
  /** What the files hold. */
  readonly tensors: NamedTensors;
  /** What the model card says of the format. */
  readonly form: Readonly<Record<string, unknown>>;
}

async function writeWeights(format: WeightsFormat, weights: Weights, task: ExportTask): Promise<Written> {
  const { tensors } = weights;
  if (format === 'tfjs') {
    const net = requireNet(weights);
    const files = await writeNewFolder(task.out, tfjsFiles(net), {
      ...{ force: task.force, signal: task.signal, isOurs: isTfjsFile },
      ...(task.wrote === undefined ? {} : { wrote: task.wrote }),
    });
    return { files, tensors: tfjsTensors(net), form: { names: tfjsNames, tfjs: tfjsForm(net) } };
  }
  const files = [await writeNewFile(task.out, partsOf(format, weights), task)];
  return { files, tensors, form: format === 'onnx' ? { onnx: onnxForm } : {} };
}

function partsOf(format: Exclude<WeightsFormat, 'tfjs'>, weights: Weights): Iterable<Uint8Array> {
  const { tensors } = weights;
  switch (format) {
    case 'safetensors':
      return safetensorsParts(tensors, { format: 'pt' });
    case 'npz':
      return npzParts(tensors);
    case 'pth':
      return pthParts(tensors);
    case 'onnx':
      return onnxParts(requireNet(weights));
  }
}

function requireNet({ net, weights }: Weights): NetWeights {
  if (net !== null) return net;
  throw new MicrobatchError({
    code: 'export/no-network',
    message: `the imported weights ${String(weights)} say nothing about the net that they belong to`,
    expected: 'a run',
    remedy: 'export them as safetensors, pth or npz',
  });
}

async function weightsOf(task: ExportTask): Promise<Weights> {
  const found = await findRunOrWeights(task.library, task.reference);
  if (found.kind === 'run') return weightsOfRun(found.record, task);
  const { record } = found;
  const store = new WeightsStore(task.library.folder);
  const { id, name, origin } = record;
  return {
    run: null,
    weights: id,
    checkpoint: null,
    tensors: await store.read(record),
    net: null,
    card: { schema: 1, madeBy: `microbatch ${task.app}`, weights: { id, name, origin } },
  };
}

async function weightsOfRun(record: RunRecord, { library, checkpoint, folders, app }: ExportTask): Promise<Weights> {
  if (!hasSpec(record)) {
    throw new MicrobatchError({
      code: 'export/no-weights',
      message: `run ${record.id} was imported from recorded series and has no weights`,
      expected: 'a run that was trained here, or imported weights',
    });
  }
  const loaded = await new CheckpointStore(library.runs.folder(record.id)).load(checkpoint ?? 'last');
  const raw = openRaw(record.spec.dataset, folders);
  const task = taskOf(raw.description, record.spec.dataset);
  const net = netWeights(record.spec.model, task, loaded.state, passesOf(record, loaded, raw));
  return {
    run: record.id,
    weights: null,
    checkpoint: loaded.step,
    tensors: net.stateDict,
    net,
    card: await cardOf(record, loaded, raw, { app, inputShape: task.inputShape }),
  };
}

/** Micro-batches that the net has been trained on. */
function passesOf({ spec }: SpecifiedRun, { state }: LoadedCheckpoint, { arrangement }: RawDataset): number {
  const size = microBatchSizeOf(spec);
  const perEpoch = Math.ceil((spec.dataset.trainSize ?? arrangement.train.count) / size);
  return state.sampler.epoch * perEpoch + Math.ceil(state.sampler.position / size);
}

async function cardOf(
  { id, name, spec, specHash, provenance }: SpecifiedRun,
  { step, validation }: LoadedCheckpoint,
  raw: RawDataset,
  { app, inputShape }: { readonly app: string; readonly inputShape: readonly number[] },
): Promise<Record<string, unknown>> {
  const count = spec.dataset.trainSize ?? raw.arrangement.train.count;
  const { mean, standardDeviation } =
    raw.normalisation ?? pixelStatistics(await raw.range({ ...raw.arrangement.train, count }));
  return {
    schema: 1,
    madeBy: `microbatch ${app}`,
    run: { id, name, specHash, dataHash: provenance.dataHash, checkpoint: step, validation },
    spec,
    names: 'as in a PyTorch state_dict; layouts NCHW, [out, in, height, width] and [out, in]',
    input: { shape: inputShape, scale: 'pixel / 255', mean, standardDeviation },
    classes: raw.description.classes,
  };
}
