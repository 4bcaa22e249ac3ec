/**
 * One engine case in a process of its own, so that its peak memory is its own. Arguments: executor, net, mode, threads.
 * Reads a number of calls a line, makes them and prints their figures; ends with its input. Started by engine.ts.
 */
import process from 'node:process';
import { createInterface } from 'node:readline';
import { openExecutor } from '../src/engine/executors/registry.ts';
import { methodOf } from '../src/engine/methods/index.ts';
import { bufferSpecifications, parameterSpecifications } from '../src/engine/models/model.ts';
import { initialTensors } from '../src/engine/training/initialise.ts';
import { TrainingStreams } from '../src/engine/training/streams.ts';
import { TrainingSession } from '../src/engine/training/training-session.ts';
import { runtimesFolder } from '../src/lab/user-folders.ts';
import { benchMode, microBatchesOfStep, nets } from './engine-cases.ts';
import type { RoundResult } from './engine-cases.ts';
import { median } from './report.ts';

const [executorName = '', netName = '', modeName = '', threads = '1'] = process.argv.slice(2);
const mode = benchMode.parse(modeName);
const net = nets.find(({ name }) => name === netName);
if (net === undefined) throw new Error(`there is no net ${netName}`);
const { model, examples } = net;

const executor = await openExecutor(executorName, { threads: Number(threads), runtimes: runtimesFolder() });
const penalised = mode === 'penalised' || mode === 'step';
const session = await TrainingSession.open(executor, {
  model,
  method: methodOf(penalised ? { method: 'gradient-norm', lambda: 0.01 } : { method: 'large-batch' }),
  microBatchSizes: [examples],
  microBatches: microBatchesOfStep,
  evaluationSize: examples,
});
for (const [kind, specifications] of [
  ['parameter', parameterSpecifications(model)],
  ['buffer', bufferSpecifications(model)],
] as const) {
  for (const specification of specifications) {
    const { [specification.name]: values = new Float32Array() } = initialTensors([specification], 1);
    await session.write(`${kind}/${specification.name}`, values);
  }
}

const length = examples * model.inputShape.reduce((product, side) => product * side, 1);
const images = Float32Array.from({ length }, (_, index) => Math.sin(index * 12.9898));
const { source } = TrainingStreams.ofSeed(1);
const labels = Int32Array.from({ length: examples }, (_, index) => (index * 7) % model.classes);

const call = {
  forward: () => session.evaluate(images),
  plain: () => session.accumulate({ images, labels }, { source }),
  penalised: () => session.accumulate({ images, labels }, { source }),
  step: async () => {
    for (let index = 0; index < microBatchesOfStep; index += 1)
      await session.accumulate({ images, labels }, { source });
    await session.apply(0.01);
  },
}[mode];

async function round(calls: number): Promise<RoundResult> {
  const durations: number[] = [];
  const processorTimes: number[] = [];
  for (let index = 0; index < calls; index += 1) {
    const before = process.cpuUsage();
    const start = performance.now();
    await call();
    durations.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    processorTimes.push((user + system) / 1000);
  }
  return {
    milliseconds: median(durations),
    cpuMilliseconds: median(processorTimes),
    megabytes: process.resourceUsage().maxRSS / 1024,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await round(Number(line)))}\n`);
}
await session.dispose();
