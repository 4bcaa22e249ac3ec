import { describe, expect, it } from 'vitest';
import { methodFields, methodIds, methods, resolveMethodAlias } from './methods.ts';
import { describeIssues } from './parse.ts';
import { runSpec, runSpecShape } from './run-spec.ts';

const common = {
  model: { kind: 'resnet18' },
  dataset: { id: 'fashion-mnist-small' },
  batchSize: 100,
  microBatchSize: 10,
  learningRate: 0.1,
  steps: 10,
};

/** A complete setting of every method. */
const complete: Readonly<Record<string, object>> = {
  'small-batch': { microBatchSize: 100 },
  'large-batch': {},
  'gradient-norm': { lambda: 0.01, sample: 9, approximation: 'central', radius: 0.1 },
  'fisher-trace': { lambda: 0.01, sample: true },
  'average-jacobian': { lambda: 0.01, scale: 'paper' },
  'unit-jacobian': { lambda: 0 },
  'iterative-grafting': { graft: { norm: 'sample', index: 'random' } },
  'external-grafting': { graft: { trace: { run: 'abc' }, mode: 'linear' } },
  'normalized-gradient': { learningRate: { trace: { run: 'abc' }, column: 'train/step_length' } },
  'sharpness-aware': { radius: 0.05 },
  'micro-sharpness-aware': { radius: 0.05 },
  'gradient-norm-unsquared': { alpha: 0.8, radius: 0.1 },
};

function problems(changes: object): string {
  const parsed = runSpec.safeParse({ ...common, ...changes });
  return parsed.success ? '' : describeIssues(parsed.error);
}

describe('the run spec of each method', () => {
  it.each(methodIds)('%s takes its own fields and comes back from JSON as it was', (method) => {
    const parsed = runSpec.parse({ ...common, method, ...complete[method] });
    expect(runSpec.parse(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
  });

  it.each(methods)('$id refuses the fields of other methods and misses its own', ({ id, fields, required }) => {
    const whole = { method: id, ...complete[id] };
    const values = { lambda: 1, sample: true, scale: 'code', radius: 1, alpha: 1, graft: { norm: 'mean' } };
    for (const [field, value] of Object.entries(values)) {
      const own = fields.some((each) => each === field);
      if (!own) expect(problems({ ...whole, [field]: value })).toContain(`${id} takes no ${nameIn(field)}`);
    }
    for (const field of required) expect(problems({ ...whole, [field]: undefined })).toContain(`${id} needs`);
  });

  it('accepts the names of the reference code', () => {
    expect(resolveMethodAlias('UnitJacLoss')).toBe('unit-jacobian');
    expect(runSpec.parse({ ...common, method: 'FishLoss', lambda: 1 }).method).toBe('fisher-trace');
    expect(problems({ method: 'JacLoss' })).toContain('method: expected one of small-batch');
  });

  it('keeps positions inside a step', () => {
    const beyond = 'expected a position below 10, the micro-batches of a step';
    expect(problems({ method: 'fisher-trace', lambda: 1, sample: 10 })).toBe(`sample: ${beyond}`);
    expect(problems({ method: 'iterative-grafting', graft: { norm: 'sample', index: 10 } })).toBe(`graft: ${beyond}`);
    expect(problems({ method: 'fisher-trace', lambda: 1, sample: false })).toContain('sample: expected true');
  });

  it('grafts a trace only from outside, and norms of the step only from inside', () => {
    const trace = { trace: { file: 'norms.csv', column: 'norm' } };
    expect(problems({ method: 'iterative-grafting', graft: trace })).toContain('iterative-grafting grafts the norm');
    expect(problems({ method: 'external-grafting', graft: { norm: 'mean' } })).toContain('grafts a trace');
    expect(runSpec.parse({ ...common, method: 'external-grafting', graft: trace }).graft).toEqual({
      ...trace,
      mode: 'hold',
    });
    expect(runSpec.parse({ ...common, method: 'iterative-grafting', graft: { norm: 'sample' } }).graft).toEqual({
      norm: 'sample',
      index: 'random',
    });
    expect(problems({ method: 'external-grafting', graft: { trace: {} } })).toContain('graft: expected {"norm"');
  });

  it('takes the mean of a trace for the step length of a normalized gradient only', () => {
    const traced = { learningRate: { trace: { run: 'abc' } } };
    expect(problems({ method: 'normalized-gradient', ...traced })).toBe('');
    expect(problems({ method: 'large-batch', ...traced })).toContain('only normalized-gradient');
    expect(problems({ method: 'large-batch', learningRate: 0 })).toBe('learningRate: expected a number above 0');
    expect(problems({ method: 'large-batch', learningRate: 'fast' })).toBe('learningRate: expected a number above 0');
  });

  it('needs a radius with a finite difference, and none without', () => {
    const message = 'radius: a finite difference needs both';
    expect(problems({ method: 'gradient-norm', lambda: 1, radius: 0.1 })).toContain(message);
    expect(problems({ method: 'gradient-norm', lambda: 1, approximation: 'forward' })).toContain(message);
  });

  it('keeps micro-batches inside the batch', () => {
    expect(problems({ method: 'large-batch', microBatchSize: 101 })).toBe(
      'microBatchSize: expected at most the batch size, 100',
    );
  });

  it('names every field of the form', () => {
    for (const field of [...methodFields, 'learningRate'] as const) {
      const meta = runSpecShape[field].meta();
      expect(meta?.['label'], field).toBeTypeOf('string');
      expect(meta?.['help'], field).toBeTypeOf('string');
    }
  });

  it('gives the networks of the study their width', () => {
    expect(runSpec.parse({ ...common, method: 'large-batch' }).model).toEqual({ kind: 'resnet18', width: 64 });
    expect(problems({ method: 'large-batch', model: { kind: 'alexnet' } })).toContain(
      'mlp, convnet, resnet18, vgg11 or vgg16-bn',
    );
  });
});

function nameIn(field: string): string {
  return { lambda: 'λ (lambda)', alpha: 'α (alpha)' }[field] ?? field;
}
