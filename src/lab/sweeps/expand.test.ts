import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tinySpec } from '../../../test/open-lab.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import { instrumentProblems, scheduledInstruments } from '../../contracts/instrument-settings.ts';
import { instrumentIds } from '../../contracts/instruments.ts';
import { methodIds } from '../../contracts/methods.ts';
import { runSpec } from '../../contracts/run-spec.ts';
import { sweepDefinition } from '../../contracts/sweeps.ts';
import type { SweepDefinition, SweepDefinitionInput } from '../../contracts/sweeps.ts';
import { expandSweep, specsInOrder } from './expand.ts';
import { valuesText } from './sweeps.ts';

const base: SweepDefinitionInput['base'] = JSON.parse(
  JSON.stringify({ ...tinySpec, method: 'gradient-norm', lambda: 0.01 }),
) as SweepDefinitionInput['base'];
const define = (rest: Omit<SweepDefinitionInput, 'base'>): SweepDefinition => sweepDefinition.parse({ base, ...rest });
const valuesOf = (rest: Omit<SweepDefinitionInput, 'base'>) =>
  expandSweep(define(rest)).settings.map(({ values }) => values);

describe('a grid', () => {
  it('is every combination of the values, the last axis fastest', () => {
    expect(valuesOf({ axes: { lambda: [0.003, 0.01], 'dataset.trainSize': [32, 64, 128] } })).toEqual(
      [0.003, 0.01].flatMap((lambda) => [32, 64, 128].map((size) => ({ lambda, 'dataset.trainSize': size }))),
    );
  });

  it('reaches any field of the spec, and checks the whole of each', () => {
    const { settings, problems } = expandSweep(
      define({
        axes: {
          model: [
            { kind: 'mlp', widths: [4] },
            { kind: 'mlp', widths: [] },
          ],
          'model.widths': [[2]],
        },
      }),
    );
    expect(problems).toEqual([]);
    // The second axis overwrites what differs in the first: equal settings are one.
    expect(settings.map(({ specs }) => specs[0]?.model)).toEqual([{ kind: 'mlp', widths: [2] }]);
  });

  it('takes its seeds from the axis, each once, or from the base', () => {
    const { seeds, settings } = expandSweep(define({ axes: { lambda: [1, 2], seed: [7, 3, 7] } }));
    expect(seeds).toEqual([7, 3]);
    expect(settings.map(({ specs }) => specs.map(({ seed }) => seed))).toEqual([
      [7, 3],
      [7, 3],
    ]);
    expect(expandSweep(sweepDefinition.parse({ base: { ...base, seed: 9 } })).seeds).toEqual([9]);
  });

  it('is trained seed by seed, so that all settings can be compared early', () => {
    const order = specsInOrder(expandSweep(define({ axes: { lambda: [1, 2], seed: [7, 3] } })));
    expect(order.map(({ spec }) => [spec.seed, spec.lambda])).toEqual([
      [7, 1],
      [7, 2],
      [3, 1],
      [3, 2],
    ]);
  });

  it('of several settings is made for each of them', () => {
    expect(valuesOf({ settings: [{ lambda: 1 }, { lambda: 2, steps: 5 }], axes: { batchSize: [8, 16] } })).toEqual([
      { lambda: 1, batchSize: 8 },
      { lambda: 1, batchSize: 16 },
      { lambda: 2, steps: 5, batchSize: 8 },
      { lambda: 2, steps: 5, batchSize: 16 },
    ]);
  });

  it('has as many settings as the product of its axes, all different, whatever they are', () => {
    const values = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(values, values, values, (steps, logEvery, seed) => {
        const { settings, seeds, problems } = expandSweep(define({ axes: { steps, logEvery, seed } }));
        expect(problems).toEqual([]);
        expect(settings.length).toBe(steps.length * logEvery.length);
        expect(new Set(settings.map(({ groupHash }) => groupHash)).size).toBe(settings.length);
        expect(seeds).toEqual(seed);
        for (const {
          values: { steps: swept },
          specs,
        } of settings) {
          for (const spec of specs) expect(spec.steps).toBe(swept);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('a sample', () => {
  const axes: SweepDefinitionInput['axes'] = {
    lambda: { logUniform: [0.001, 1] },
    learningRate: { uniform: [0.01, 0.1] },
    batchSize: { integer: [2, 9] },
    method: ['gradient-norm', 'fisher-trace'],
  };

  it('lies within its ranges, and its seed decides it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (sample, sampleSeed) => {
        const drawn = valuesOf({ axes, sample, sampleSeed });
        expect(drawn).toEqual(valuesOf({ axes, sample, sampleSeed }));
        expect(drawn.length).toBe(sample);
        for (const { lambda, learningRate, batchSize, method } of drawn) {
          expect(Number(lambda)).toBeGreaterThanOrEqual(0.001);
          expect(Number(lambda)).toBeLessThanOrEqual(1);
          expect(Number(learningRate)).toBeGreaterThanOrEqual(0.01);
          expect(Number(learningRate)).toBeLessThanOrEqual(0.1);
          expect([2, 3, 4, 5, 6, 7, 8, 9]).toContain(batchSize);
          expect(['gradient-norm', 'fisher-trace']).toContain(method);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is longer by new settings only where it is longer', () => {
    expect(valuesOf({ axes, sample: 30 }).slice(0, 10)).toEqual(valuesOf({ axes, sample: 10 }));
    expect(valuesOf({ axes, sample: 10, sampleSeed: 2 })).not.toEqual(valuesOf({ axes, sample: 10 }));
  });

  it('draws the logarithm evenly where it is asked to, else the value', () => {
    const share = (range: object): number =>
      valuesOf({ axes: { lambda: range as { uniform: [number, number] } }, sample: 1000 }).filter(
        ({ lambda }) => Number(lambda) < 0.01,
      ).length / 1000;
    expect(share({ logUniform: [0.0001, 1] })).toBeCloseTo(0.5, 1);
    expect(share({ uniform: [0.0001, 1] })).toBeCloseTo(0.01, 1);
  });

  it('counts what comes out twice', () => {
    const { settings, repeated } = expandSweep(define({ axes: { batchSize: { integer: [4, 5] } }, sample: 20 }));
    expect([settings.length, repeated]).toEqual([2, 18]);
  });

  it('draws settings, and trains each with every seed', () => {
    const { settings } = expandSweep(define({ axes: { ...axes, seed: [1, 2, 3] }, sample: 4 }));
    expect(settings.map(({ specs }) => specs.length)).toEqual([3, 3, 3, 3]);
  });
});

describe('a setting in words', () => {
  it.each([
    [{ method: 'large-batch', 'instruments.9': 'hessian-top' }, 'method=large-batch'],
    [{ lambda: 0.01, 'graft.mode': 'hold', instrumentBudget: 0.1 }, 'lambda=0.01, graft.mode=hold'],
    [{ instruments: ['hessian-top'] }, 'instruments=["hessian-top"]'],
  ])('is what it trains, and what it measures only where that is all: %j', (values, words) => {
    expect(valuesText(values)).toBe(words);
  });
});

describe('the sweep over all methods of the guide', () => {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/guide', name), 'utf8'));
  const { settings, seeds, problems } = expandSweep(sweepDefinition.parse(read('all-methods.json')));
  const external = runSpec.parse(read('external-grafting.json'));
  const specs = settings.flatMap(({ specs: [spec] }) => (spec === undefined ? [] : [spec]));

  it('trains those of the study and sharpness-aware, but the one that needs the trace of another run', () => {
    expect(problems).toEqual([]);
    expect(seeds.length).toBeGreaterThan(1);
    const others = ['external-grafting', 'micro-sharpness-aware', 'gradient-norm-unsquared'];
    expect(specs.map(({ method }) => method)).toEqual(methodIds.filter((id) => !others.includes(id)));
  });

  it('is followed by that one, on the same terms', () => {
    const large = specs.find(({ method }) => method === 'large-batch');
    expect(external).toEqual({ ...large, method: 'external-grafting', graft: external.graft });
  });

  it('measures with every instrument that a method can have', () => {
    for (const { method, instruments } of [...specs, external]) {
      const measured = scheduledInstruments(instruments).map(({ id }) => id);
      const possible = instrumentIds.filter((id) => instrumentProblems(method, [id]).length === 0);
      expect(measured.toSorted(), method).toEqual(possible.toSorted());
    }
  });
});

describe('what is wrong with a sweep', () => {
  it('is said all at once, each problem once, with the first values that have it', () => {
    const { problems, settings } = expandSweep(
      define({ axes: { lambda: [0.1, -1], microBatchSize: [4, 99], batchSize: [16] } }),
    );
    expect(settings.length).toBe(1);
    expect(problems.map(({ count, values }) => [count, values])).toEqual([
      [1, { lambda: 0.1, microBatchSize: 99, batchSize: 16 }],
      [1, { lambda: -1, microBatchSize: 4, batchSize: 16 }],
      [1, { lambda: -1, microBatchSize: 99, batchSize: 16 }],
    ]);
    expect(problems[0]?.message).toContain('microBatchSize: expected at most the batch size, 16');
  });

  it.each([
    [{ 'graft.mode': ['hold'] }, 'graft: expected'],
    [{ steps: [0] }, 'steps: expected at least 1'],
    [{ nonsense: [1] }, 'nonsense'],
    [{ seed: [1, -1] }, 'seed: expected a whole number'],
    [{ seed: ['x'] }, 'seed: expected a whole number'],
  ])('%j: %s', (axes, message) => {
    expect(
      expandSweep(define({ axes }))
        .problems.map((problem) => problem.message)
        .join(),
    ).toContain(message);
  });

  it('is also what an extra condition refuses', () => {
    const refuse = (): never => {
      throw new MicrobatchError({ code: 'data/train-size-too-large', message: 'too many images' });
    };
    expect(expandSweep(define({ axes: { steps: [1, 2] } }), refuse).problems).toEqual([
      { values: { steps: 1 }, count: 2, message: 'too many images' },
    ]);
  });

  it('is its size, known before anything is expanded', () => {
    const many = Array.from({ length: 1000 }, (_, index) => index + 1);
    const huge = define({ axes: { steps: many, logEvery: many, evaluateEvery: many, batchSize: many } });
    expect(() => expandSweep(huge)).toThrow(expect.objectContaining({ code: 'sweep/too-many' }));
  });

  it.each([
    [{ axes: { lambda: { uniform: [0, 1] } } }, 'needs "sample"'],
    [{ axes: { seed: { integer: [1, 9] } }, sample: 3 }, 'seeds are not drawn'],
    [{ axes: { lambda: { uniform: [1, 0] } }, sample: 3 }, 'LOW at most HIGH'],
    [{ axes: { lambda: { logUniform: [0, 1] } }, sample: 3 }, 'numbers above 0'],
    [{ axes: { lambda: [] } }, 'at least one value'],
    [{ axes: { 'a..b': [1] } }, 'path of fields'],
    [{ axes: {}, sample: 0 }, '>=1'],
    [{ axis: {} }, 'axis'],
  ])('%j is not the form of a sweep', (rest, message) => {
    const { success, error } = sweepDefinition.safeParse({ base, ...rest });
    expect(success).toBe(false);
    expect(JSON.stringify(error?.issues)).toContain(JSON.stringify(message).slice(1, -1));
  });
});
