/**
 * A process of its own for the test of resuming: takes steps of every example setting on one executor, each from the
 * state in a file where there is one, and writes the states after them and what the steps recorded.
 * Arguments: executor, steps, file to write, file to begin from (optional).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { deserialize, serialize } from 'node:v8';
import { z } from 'zod';
import { openExecutor } from '../../src/engine/executors/registry.ts';
import { exampleSettings, exampleTrainer } from '../../src/engine/training/trainer-fixture.ts';

const [name = '', steps = '0', to = '', from] = argv.slice(2);
const written = z.record(z.string(), z.object({ state: z.unknown(), recorded: z.unknown() }));
const before = from === undefined ? {} : written.parse(deserialize(readFileSync(from)));

const executor = await openExecutor(name, { threads: 1 });
const after: z.infer<typeof written> = {};
for (const [setting, settings] of Object.entries(exampleSettings)) {
  // Another seed than the state's: whatever a restored run still took from its seed would show.
  const trainer = await exampleTrainer(executor, settings, from === undefined ? {} : { seed: 99 });
  const start = before[setting];
  if (start !== undefined) await trainer.restore(start.state);
  const recorded = [];
  for (let step = 0; step < Number(steps); step += 1) recorded.push(await trainer.takeStep());
  after[setting] = { state: await trainer.capture(), recorded };
  await trainer.dispose();
}
writeFileSync(to, serialize(after));
