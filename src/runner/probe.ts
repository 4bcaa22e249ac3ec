/** Entry of the probe process: answers one question about executors or a spec, then ends. A crash harms nobody else. */
import process from 'node:process';
import { toErrorShape } from '../contracts/errors.ts';
import { instrumentEvaluationsPerStep } from '../contracts/instrument-cost.ts';
import { parseOrThrow } from '../contracts/parse.ts';
import { toProbe } from '../contracts/probe-protocol.ts';
import type { FromProbe, PlanFigures, ToProbe } from '../contracts/probe-protocol.ts';
import { microBatchSizeOf } from '../contracts/run-spec.ts';
import { taskOf } from '../data/describe.ts';
import { findDataset } from '../data/catalogue.ts';
import { listExecutors } from '../engine/executors/registry.ts';
import { probeRuntime } from '../engine/executors/saved-model/probe-runtime.ts';
import { methodOf } from '../engine/methods/index.ts';
import { modelOf } from '../engine/models/index.ts';
import { trainingCost } from '../engine/training/cost.ts';
import { standInInputs } from '../library/recorded-inputs.ts';
import { evaluateNet } from './evaluation.ts';
import { readGraphicsCards } from './machine/graphics-cards.ts';
import { openTransport } from './transport.ts';
import { tryOut } from './trial.ts';

const transport = openTransport();
/** Least time between two messages of progress, milliseconds. */
const progressMilliseconds = 200;
let saidAt = Number.NEGATIVE_INFINITY;

function sayProgress(fraction: number): void {
  const now = performance.now();
  if (now - saidAt < progressMilliseconds) return;
  saidAt = now;
  const message: FromProbe = { type: 'progress', fraction: Math.min(1, fraction) };
  transport.send(message);
}

async function answer(raw: unknown): Promise<FromProbe> {
  const question = parseOrThrow(toProbe, raw, { code: 'probe/protocol', what: 'the question to the probe' });
  if (question.type === 'plan') return { type: 'plan', plan: planOf(question) };
  if (question.type === 'trial') return { type: 'trial', trial: await tryOut(question) };
  if (question.type === 'evaluate') return { type: 'evaluation', evaluation: await evaluateNet(question, sayProgress) };
  if (question.type === 'runtime') {
    // TensorFlow says why it uses no graphics card; the host reads it.
    process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
    return { type: 'runtime', runtime: await probeRuntime(question.folder) };
  }
  // Asked first: an executor that is tried out takes some of a card's memory.
  const cards = await readGraphicsCards();
  const graphicsCards = cards?.map(({ name, driver, memoryBytes, freeBytes }) => ({
    ...{ name, driver, memoryBytes, freeBytes },
  }));
  const reports = await listExecutors({ threads: 1, runtimes: question.runtimes });
  const executors = reports.map(({ device, reason, remedy, ...report }) => ({
    ...report,
    device: device === '' ? null : device,
    reason: reason === '' ? null : reason,
    remedy: remedy === '' ? null : remedy,
  }));
  return { type: 'executors', executors, graphicsCards: graphicsCards ?? null };
}

/** Counted on the graphs of a step; nothing is trained and no image is read. */
function planOf({ spec, datasets }: Extract<ToProbe, { type: 'plan' }>): PlanFigures {
  const { description } = findDataset(spec.dataset.id, datasets);
  const method = methodOf(spec, standInInputs(spec).graftTrace);
  const microBatchSize = microBatchSizeOf(spec);
  const cost = trainingCost({
    model: modelOf(spec.model, taskOf(description, spec.dataset)),
    method,
    microBatchSizes: [microBatchSize],
    microBatches: method.microBatches(spec.batchSize, microBatchSize),
    evaluationSize: 1,
  });
  return {
    parameters: cost.parameters,
    gradientEvaluationsPerStep: cost.gradientEvaluationsPerStep,
    operationsPerStep: cost.floatingPointOperationsPerStep,
    instrumentEvaluationsPerStep: instrumentEvaluationsPerStep(spec, spec.dataset.trainSize ?? description.trainImages),
  };
}

transport.onMessage((raw) => {
  void answer(raw)
    .catch((error: unknown): FromProbe => ({ type: 'failed', error: toErrorShape(error) }))
    .then((reply) => transport.send(reply));
});
// The host ends this process once it has read the answer; without a host it ends by itself.
transport.onClose(() => process.exit(0));
