import { MetricWriter } from './metric-writer.ts';

/** Test process: appends point after point to the file of its argument and tells its parent how many, until killed. */
const writer = new MetricWriter(process.argv[2] ?? '');
let step = 0;
setInterval(() => {
  writer.append('series', step, step / 3);
  step += 1;
  process.send?.(step);
}, 2);
