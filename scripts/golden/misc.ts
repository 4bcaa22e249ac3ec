import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseOrThrow } from '../../src/contracts/parse.ts';
import { gradientNoiseScale } from '../../src/engine/instruments/noise-scale.ts';
import { methodOf } from '../../src/engine/methods/index.ts';
import { requireTrace, traceMean, traceValueAt } from '../../src/engine/methods/trace.ts';
import { RandomStream } from '../../src/engine/training/random.ts';
import { Sampler } from '../../src/engine/training/sampler.ts';
import { meanLogRatio, pearsonCorrelation, spearmanCorrelation } from '../../src/statistics/correlation.ts';
import { Checks, type Worst } from './checks.ts';
import { recipeSeed, recipeStream, recipeTensor, signed } from './number-recipe.ts';
import { badCase } from './tensors.ts';

const figure = z.number();
const whole = z.int();
const traceRecords = z.array(z.tuple([whole, figure]));

/** Both sides of a comparison in double precision: only the order of operations may differ. */
const doubleRounding = 1e-9;

type Check = (checks: Checks, value: unknown, file: Readonly<Record<string, unknown>>) => void;

/** One check for each top-level key of misc.json. */
const checksByKey: Readonly<Record<string, Check>> = {
  format: (checks, value) => checks.exact('format', value === 'golden/1' ? 0 : 1, 0),
  schedules: (checks, value) => {
    for (const plan of read(z.array(schedule), value)) checkSchedule(checks, plan);
  },
  trace: (checks, value) => {
    const trace = traceOf(value);
    checks.exact('records', trace.steps.length, read(traceRecords, value).length);
  },
  trace_lookups: (checks, value, file) => {
    const trace = traceOf(file['trace']);
    for (const { t, hold, linear } of read(z.array(z.object({ t: whole, hold: figure, linear: figure })), value)) {
      close(checks, `hold at ${String(t)}`, traceValueAt(trace, t, 'hold'), hold);
      close(checks, `linear at ${String(t)}`, traceValueAt(trace, t, 'linear'), linear);
    }
  },
  ngd_auto: (checks, value) => {
    const {
      learning_rate: rate,
      norms,
      expected,
    } = read(z.object({ learning_rate: figure, norms: z.array(figure), expected: figure }), value);
    const lengths = norms.map((norm) => rate * norm);
    close(checks, 'mean step length', traceMean({ steps: [...lengths.keys()], values: lengths }), expected);
  },
  curves: (checks, value) => {
    const { a, b, ...expected } = read(curves, value);
    close(checks, 'pearson', pearsonCorrelation(a, b), expected.pearson);
    close(checks, 'spearman', spearmanCorrelation(a, b), expected.spearman);
    close(checks, 'mean log ratio', meanLogRatio(a, b), expected.mean_log_ratio_a_over_b);
  },
  noise_scale: (checks, value) => {
    for (const expected of read(z.array(noiseScale), value)) {
      const { signal, noise, ratio } = gradientNoiseScale({
        smallBatch: expected.b_small,
        largeBatch: expected.b_big,
        smallSquaredNorm: expected.sqnorm_small,
        largeSquaredNorm: expected.sqnorm_big,
      });
      close(checks, 'g2', signal, expected.g2);
      close(checks, 's', noise, expected.s);
      close(checks, 'b_simple', ratio, expected.b_simple);
    }
  },
  hash: (checks, value) => {
    for (const expected of read(z.array(hash), value)) {
      const next = recipeStream(recipeSeed(expected.string));
      const drawn = expected.mulberry32.map(next);
      checks.exact(`seed of '${expected.string}'`, recipeSeed(expected.string), expected.fnv1a);
      checks.absolute('mulberry32', drawn, expected.mulberry32, 1e-6);
      checks.absolute('signed', drawn.map(signed), expected.signed, doubleRounding);
      const [salt = '', name] = expected.string.split(/:(.*)/s);
      if (name === undefined) continue;
      const tensor = recipeTensor(salt, name, { length: drawn.length, center: 0.5, half: 0.3 });
      checks.absolute('tensor', tensor, expected['center_0.5_half_0.3'], doubleRounding);
    }
  },
};

const schedule = z.object({
  examples: whole,
  batch: whole.nullable(),
  micro_batch: whole,
  micro_batches: whole,
  n: whole,
  steps: whole,
  last_group: whole,
  last_group_weight: figure,
  last_micro_batch: whole,
});

const curves = z.object({
  a: z.array(figure),
  b: z.array(figure),
  pearson: figure,
  spearman: figure,
  mean_log_ratio_a_over_b: figure,
});

const noiseScale = z.object({
  b_small: figure,
  b_big: figure,
  sqnorm_small: figure,
  sqnorm_big: figure,
  g2: figure,
  s: figure,
  b_simple: figure,
});

const hash = z.object({
  string: z.string(),
  fnv1a: whole,
  mulberry32: z.array(whole),
  signed: z.array(figure),
  'center_0.5_half_0.3': z.array(figure),
});

/** Checks one key of misc.json. Throws `golden/bad-case`. */
export function runMisc(path: string, key: string): Worst {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const file = read(z.record(z.string(), z.unknown()), value);
  const check = checksByKey[key];
  if (check === undefined) throw badCase(`misc.json has a key ${key} that nothing checks`);
  const checks = new Checks();
  check(checks, file[key], file);
  return checks.worst;
}

/** Serves a whole epoch with the product's own sampler. */
function checkSchedule(checks: Checks, plan: z.infer<typeof schedule>): void {
  const { examples, batch, micro_batch: size } = plan;
  const method = methodOf({ method: batch === null ? 'small-batch' : 'large-batch' });
  const n = method.microBatches(batch ?? size, size);
  checks.exact('n', n, plan.n);
  const stream = RandomStream.named(1, 'order').capture();
  const sampler = new Sampler(examples, size, { epoch: 0, position: 0, stream });
  const groups: Uint32Array[][] = [];
  while (sampler.capture().epoch === 0 && sampler.capture().position < examples) groups.push(sampler.nextGroup(n));
  const last = groups.at(-1) ?? [];
  checks.exact('steps of an epoch', groups.length, plan.steps);
  checks.exact('micro-batches', groups.flat().length, plan.micro_batches);
  checks.exact('last group', last.length, plan.last_group);
  checks.exact('weight of the last group', last.length / n, plan.last_group_weight);
  checks.exact('last micro-batch', last.at(-1)?.length ?? 0, plan.last_micro_batch);
}

function traceOf(value: unknown) {
  const records = read(traceRecords, value);
  return requireTrace({ steps: records.map(([step]) => step), values: records.map(([, norm]) => norm) });
}

function close(checks: Checks, quantity: string, actual: number, expected: number): void {
  checks.record(quantity, Math.abs(actual - expected), doubleRounding * Math.max(1, Math.abs(expected)));
}

function read<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  return parseOrThrow(schema, value, { code: 'golden/bad-case', what: 'misc.json' });
}
