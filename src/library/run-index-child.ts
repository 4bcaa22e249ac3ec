import { openLibrary } from './library.ts';
import { recordFixture } from './run-fixture.ts';

/** Test process: saves the run of its second argument many times in the library of its first one, and lists between. */
const [folder = '', id = '', times = '0'] = process.argv.slice(2);
const { runs } = await openLibrary(folder);
for (let step = 1; step <= Number(times); step += 1) {
  await runs.save(recordFixture({ id, step }));
  if (step % 10 === 0) await runs.list();
}
