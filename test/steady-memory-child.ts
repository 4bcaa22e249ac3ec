import { dirname } from 'node:path';
import process from 'node:process';
import { openExecutor } from '../src/engine/executors/registry.ts';
import { exampleSettings, exampleTrainer } from '../src/engine/training/trainer-fixture.ts';

/** Test process: trains on the executor and method of its arguments, and says its resident memory at each of the named steps. */
const [name = '', setting = '', ...marks] = process.argv.slice(2);
const runtime = process.env['MICROBATCH_TEST_RUNTIME'];
const runtimes = runtime === undefined ? undefined : dirname(runtime);
const executor = await openExecutor(name, { threads: 1, runtimes });
const settings = exampleSettings[setting];
if (settings === undefined) throw new Error(`there is no setting ${setting}`);
const trainer = await exampleTrainer(executor, settings);
for (const mark of marks.map(Number)) {
  while (trainer.step < mark) await trainer.takeStep();
  globalThis.gc?.();
  process.send?.(process.memoryUsage.rss());
}
process.disconnect();
