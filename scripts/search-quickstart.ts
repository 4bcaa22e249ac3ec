/**
 * `npx node scripts/search-quickstart.ts [--only NAME,...] [--seeds 101,102,...] [--library DIR]`: trains candidate settings
 * of the quickstart on seeds that the quickstart itself does not show, and prints what each of them gives. The setting
 * in src/lab/quickstart-setting.ts was chosen on such figures; docs/guide/quickstart.md reports them.
 */
import { Command } from 'commander';
import { z } from 'zod';
import type { SpecifiedRun } from '../src/contracts/run-record.ts';
import { runSpec } from '../src/contracts/run-spec.ts';
import type { RunSpecInput } from '../src/contracts/run-spec.ts';
import { points } from '../src/headless/format.ts';
import { quickstartDocument } from '../src/headless/quickstart-result.ts';
import { left, right, table } from '../src/headless/table.ts';
import { trainInForeground } from '../src/headless/train.ts';
import { libraryOption, names, wholeNumbers } from '../src/headless/usage.ts';
import { quickstartMethods, quickstartSeeds, quickstartSpecs } from '../src/lab/quickstart-setting.ts';

type Specs = typeof quickstartSpecs;

const candidates: Readonly<Record<string, Specs>> = {
  chosen: quickstartSpecs,
  'half λ': withLambda(0.5),
  'twice λ': withLambda(2),
  'batch 8': withBatchSize(8),
  'four convolutions': withModel({ kind: 'convnet', widths: [8, 8, 'pool', 16, 16, 'pool'] }),
  'two convolutions': withModel({ kind: 'convnet', widths: [16, 'pool', 32, 'pool'] }),
  'batch norm': withModel({ kind: 'convnet', widths: [16, 'pool', 32, 'pool'], batchNorm: true }),
  perceptron: withModel({ kind: 'mlp', widths: [128, 128] }),
};

function withModel(model: RunSpecInput['model']): Specs {
  return changed(() => ({ model }));
}

function withBatchSize(batchSize: number): Specs {
  return changed(({ method }) => (method === 'small-batch' ? { batchSize } : {}));
}

/** The chosen λ times a factor. */
function withLambda(factor: number): Specs {
  return changed(({ lambda }) => (lambda === undefined ? {} : { lambda: lambda * factor }));
}

/** The chosen setting with some fields of each spec replaced. */
function changed(change: (spec: Specs['small-batch']) => Partial<RunSpecInput>): Specs {
  const next = (id: keyof Specs): Specs['small-batch'] =>
    runSpec.parse({ ...quickstartSpecs[id], ...change(quickstartSpecs[id]) });
  return {
    'small-batch': next('small-batch'),
    'large-batch': next('large-batch'),
    'gradient-norm': next('gradient-norm'),
  };
}

/** Trains one candidate on all seeds: its row of the table. */
async function row(name: string, specs: Specs, seeds: readonly number[], library?: string): Promise<string[]> {
  console.error(name);
  const training = await trainInForeground({
    library,
    owner: 'the search for a quickstart setting',
    start: async (lab) => {
      const created: SpecifiedRun[] = [];
      for (const spec of Object.values(specs)) {
        created.push(...(await lab.handlers['runs.create']({ spec, seeds: [...seeds], name })));
      }
      return created;
    },
  });
  const done = training.records.filter(({ status }) => status === 'done');
  const { methods, paired } = quickstartDocument(done, training);
  const recovered = methods.find(({ method }) => method === 'gradient-norm')?.gapRecovered ?? null;
  return [
    name,
    String(paired.smallMinusLarge?.n ?? 0),
    difference(paired.smallMinusLarge),
    difference(paired.gradientNormMinusLarge),
    recovered === null ? '–' : `${(100 * recovered).toFixed(0)} %`,
    ...quickstartMethods.map((id) => greatestTrainLoss(training.records.filter(({ spec }) => spec.method === id))),
  ];
}

function difference(paired: { mean: number; ci95: [number, number] | null } | null): string {
  if (paired === null) return '–';
  return paired.ci95 === null ? points(paired.mean) : `${points(paired.mean)} [${paired.ci95.map(points).join(', ')}]`;
}

/** At the last step, over the seeds; NaN where one of them did not get there. */
function greatestTrainLoss(records: readonly SpecifiedRun[]): string {
  const losses = records.map(({ status, final }) => (status === 'done' ? final['train/loss'] : undefined));
  return Math.max(...losses.map((loss) => loss ?? Number.NaN)).toFixed(4);
}

const options = z.object({ library: z.string().optional(), only: z.array(z.string()), seeds: z.array(z.number()) });

const command = new Command('search-quickstart')
  .option('--only <list>', `of ${Object.keys(candidates).join(', ')}`, names, Object.keys(candidates))
  .option('--seeds <list>', 'seeds, separated by commas', wholeNumbers(0, 2 ** 32 - 1), [101, 102, 103, 104, 105, 106])
  .addOption(libraryOption())
  .action(async (given: unknown) => {
    const { library, only, seeds } = options.parse(given);
    if (seeds.some((seed) => quickstartSeeds.includes(seed))) {
      return command.error(`expected seeds that the quickstart does not show: none of ${quickstartSeeds.join(', ')}`);
    }
    const unknown = only.filter((name) => !(name in candidates));
    if (unknown.length > 0) return command.error(`there is no setting ${unknown.join(', ')}`);
    const rows: string[][] = [];
    for (const [name, specs] of Object.entries(candidates)) {
      if (only.includes(name)) rows.push(await row(name, specs, seeds, library));
    }
    const columns = [
      left('setting'),
      right('n'),
      right('small - large batch'),
      right('gradient norm - large batch'),
      right('gap recovered'),
      right('loss SB'),
      right('loss LB'),
      right('loss GN'),
    ];
    for (const line of table(columns, rows)) console.log(line);
  });

await command.parseAsync();
