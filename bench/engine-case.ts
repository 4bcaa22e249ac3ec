/**
 * One engine case in a process of its own, so that its peak memory is its own: prints `{milliseconds, megabytes}`.
 * Started by engine.ts with the case as JSON in the first argument.
 */
import process from 'node:process';
import { createOnnxExecutor } from '../src/engine/executors/onnx/index.ts';
import { methodOf } from '../src/engine/methods/index.ts';
import { convnet } from '../src/engine/models/architectures.ts';
import { parameterSpecifications } from '../src/engine/models/model.ts';
import { initialTensors } from '../src/engine/training/initialise.ts';
import { TrainingSession } from '../src/engine/training/training-session.ts';
import { engineCase, microBatchesOfStep } from './engine-cases.ts';
import { median } from './report.ts';

const { net, mode, threads, warmUp, calls } = engineCase.parse(JSON.parse(process.argv[2] ?? ''));
const penalised = mode === 'penalised' || mode === 'step';

const model = convnet({ inputShape: net.inputShape, classes: net.classes, widths: net.widths, batchNorm: false });
const executor = await createOnnxExecutor({ threads });
const session = await TrainingSession.open(executor, {
  model,
  method: methodOf(penalised ? { method: 'gradient-norm', lambda: 0.01 } : { method: 'large-batch' }),
  microBatchSizes: [net.examples],
  microBatches: microBatchesOfStep,
  evaluationSize: net.examples,
});
for (const [name, values] of Object.entries(initialTensors(parameterSpecifications(model), 1))) {
  await session.write(`parameter/${name}`, values);
}

const length = net.examples * net.inputShape.reduce((product, side) => product * side, 1);
const images = Float32Array.from({ length }, (_, index) => Math.sin(index * 12.9898));
const labels = Int32Array.from({ length: net.examples }, (_, index) => (index * 7) % net.classes);

const call = {
  forward: () => session.evaluate(images),
  plain: () => session.accumulate({ images, labels }),
  penalised: () => session.accumulate({ images, labels }),
  step: async () => {
    for (let index = 0; index < microBatchesOfStep; index += 1) await session.accumulate({ images, labels });
    await session.apply(0.01);
  },
}[mode];

const durations: number[] = [];
for (let index = 0; index < warmUp + calls; index += 1) {
  const start = performance.now();
  await call();
  if (index >= warmUp) durations.push(performance.now() - start);
}
await session.dispose();
const kilobytes = process.resourceUsage().maxRSS;
console.log(JSON.stringify({ milliseconds: median(durations), megabytes: kilobytes / 1024 }));
