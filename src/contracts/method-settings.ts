import { z } from 'zod';
import { methodDescription, methodFields } from './methods.ts';
import type { MethodField, MethodId } from './methods.ts';

/** Fields of the run spec that only some methods take; which, methods.ts says. */

const positive = z
  .number('expected a number above 0')
  .positive('expected a number above 0')
  .max(1000, 'expected at most 1000');

const position = z
  .int('expected a whole number from 0')
  .min(0, 'expected a whole number from 0')
  .max(1_000_000, 'expected at most 1000000');

/** A recorded curve: of a run of this library, or a column of a CSV or JSON Lines file. */
const runTrace = z
  .strictObject({ run: z.string().min(1, 'expected the id of a run').max(200).meta({ label: 'Run' }) })
  .meta({ label: 'Run of this library' });

const filePath = z.string().min(1, 'expected the path of a file').max(4000).meta({ label: 'File', hostFile: 'trace' });
const columnName = z.string().min(1, 'expected the name of a column').max(500).meta({ label: 'Column' });

export const traceSource = z.union(
  [
    runTrace,
    z.strictObject({ file: filePath, column: columnName.optional() }).meta({
      label: 'File',
      help: 'CSV or JSON Lines with a column of steps and the named one.',
    }),
  ],
  { error: 'expected {"run": ID} or {"file": PATH, "column": NAME}' },
);
export type TraceSource = z.infer<typeof traceSource>;

/** The learning rate of plain SGD, or the step length of a normalized gradient as the mean of a recorded curve. */
export const learningRate = z
  .union(
    [
      positive.meta({ label: 'Number' }),
      z.strictObject({ trace: traceSource, column: columnName.optional() }).meta({
        label: 'Mean of a trace',
        help: 'For normalized gradient: the mean of the recorded step lengths of another run.',
      }),
    ],
    { error: 'expected a number above 0' },
  )
  .meta({
    label: 'Learning rate',
    help: 'Constant: plain SGD, no momentum, no weight decay. Length of a step for normalized gradient.',
  });
export type LearningRate = z.infer<typeof learningRate>;

/** A learning rate that is known before its run starts; undefined where it is the mean of a trace. */
export function knownLearningRate(rate: LearningRate): number | undefined {
  return typeof rate === 'number' ? rate : undefined;
}

/** Series whose mean is a normalized gradient's step length unless the spec names a column. */
export const stepLengthColumn = 'train/step_length';
/** Series that external grafting reads unless the spec names a column. */
export const graftColumn = 'train/gradient_norm';

const graft = z.union(
  [
    z
      .strictObject({
        norm: z.literal('sample'),
        index: z
          .union([position, z.literal('random')], { error: 'expected a position in the step, or random' })
          .default('random')
          .meta({ label: 'Micro-batch', help: 'Position in the step, from 0; random takes another one each step.' }),
      })
      .meta({ label: 'Norm of one micro-batch' }),
    z.strictObject({ norm: z.literal('mean') }).meta({ label: 'Mean of the micro-batch norms' }),
    z
      .strictObject({
        trace: traceSource.meta({ label: 'Trace' }),
        mode: z
          .enum(['hold', 'linear'])
          .default('hold')
          .meta({ label: 'Between records', help: 'hold keeps the last record, linear interpolates.' }),
      })
      .meta({ label: 'Recorded norms' }),
  ],
  { error: 'expected {"norm": "sample", "index": 0 or "random"}, {"norm": "mean"} or {"trace": ..., "mode": ...}' },
);
export type Graft = z.infer<typeof graft>;

export const methodSettings = {
  lambda: z
    .number('expected a number from 0')
    .min(0, 'expected a number from 0')
    .max(1e6, 'expected at most 1e6')
    .optional()
    .meta({ label: 'λ', help: 'Weight of the penalty: multiplies the mean over the micro-batches of a step.' }),
  sample: z
    .union([z.literal(true).meta({ label: 'Random' }), position.meta({ label: 'Position' })], {
      error: 'expected true or a position in the step, from 0',
    })
    .optional()
    .meta({
      label: 'Penalised',
      none: 'All',
      help: 'The micro-batches of a step that the penalty sees: all, another one each step, or one position. λ then multiplies that penalty without 1/n.',
    }),
  scale: z.enum(['code', 'paper'], { error: 'expected code or paper' }).optional().meta({
    label: 'Scale',
    none: 'Default',
    help: "code sums the logits of the classes, as the study's code does; paper averages them: its penalty is C² smaller. code where left out.",
  }),
  approximation: z.enum(['forward', 'central'], { error: 'expected forward or central' }).optional().meta({
    label: 'Finite differences',
    none: 'Exact',
    help: 'A published approximation of the penalty gradient, for comparison; exact where left out.',
  }),
  radius: positive.optional().meta({
    label: 'Radius',
    help: 'Distance in parameter space: ρ of the ascent of sharpness-aware methods, r of a finite difference.',
  }),
  alpha: z
    .number('expected a number from 0 to 1')
    .min(0, 'expected a number from 0 to 1')
    .max(1, 'expected a number from 0 to 1')
    .optional()
    .meta({ label: 'α', help: 'Share of the gradient at the ascended parameters; λ = α r. 1 is sharpness-aware.' }),
  graft: graft.optional().meta({ label: 'Grafted norm', help: 'Where the length of a step comes from.' }),
} satisfies Record<MethodField, z.ZodType>;

/** What the rules below look at. */
export interface MethodFieldsOfSpec {
  readonly method: MethodId;
  readonly learningRate: LearningRate;
  readonly lambda?: number | undefined;
  readonly sample?: number | true | undefined;
  readonly scale?: string | undefined;
  readonly approximation?: string | undefined;
  readonly radius?: number | undefined;
  readonly alpha?: number | undefined;
  readonly graft?: Graft | undefined;
}

/** A field that does not fit its method, and why. */
export interface FieldProblem {
  readonly field: MethodField | 'learningRate';
  readonly message: string;
}

/** The rules that join a method with its fields; `microBatches` is n, the micro-batches of a step. */
export function methodProblems(spec: MethodFieldsOfSpec, microBatches: number): FieldProblem[] {
  const { fields, required } = methodDescription(spec.method);
  const problems: FieldProblem[] = [];
  const report = (field: FieldProblem['field'], message: string): number => problems.push({ field, message });
  for (const field of methodFields) {
    if (spec[field] === undefined) {
      if (required.includes(field)) report(field, `${spec.method} needs ${nameOf(field)}`);
    } else if (!fields.includes(field)) {
      report(field, `${spec.method} takes no ${nameOf(field)}: leave it out`);
    }
  }
  if (fields.includes('approximation') && (spec.approximation === undefined) !== (spec.radius === undefined)) {
    report('radius', 'a finite difference needs both approximation and radius; the exact penalty neither');
  }
  if (typeof spec.sample === 'number' && spec.sample >= microBatches) report('sample', beyondStep(microBatches));
  if (spec.graft !== undefined && fields.includes('graft')) {
    if ('trace' in spec.graft !== (spec.method === 'external-grafting')) {
      const expected =
        spec.method === 'external-grafting' ? 'a trace' : 'the norm of a sampled micro-batch or their mean';
      report('graft', `${spec.method} grafts ${expected}`);
    } else if ('index' in spec.graft && spec.graft.index !== 'random' && spec.graft.index >= microBatches) {
      report('graft', beyondStep(microBatches));
    }
  }
  if (typeof spec.learningRate !== 'number' && spec.method !== 'normalized-gradient') {
    report('learningRate', `expected a number above 0: only normalized-gradient takes the mean of a trace`);
  }
  return problems;
}

function nameOf(field: MethodField): string {
  const symbols: Partial<Record<MethodField, string>> = { lambda: 'λ (lambda)', alpha: 'α (alpha)' };
  return symbols[field] ?? field;
}

function beyondStep(microBatches: number): string {
  return `expected a position below ${String(microBatches)}, the micro-batches of a step`;
}
