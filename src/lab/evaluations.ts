import type { ApiEmit, ApiParameters } from '../contracts/api.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { summaryOf } from '../contracts/evaluations.ts';
import type { EvaluationFigures, EvaluationRequest, KeptEvaluation } from '../contracts/evaluations.ts';
import { hasSpec } from '../contracts/run-record.ts';
import type { RunRecord } from '../contracts/run-record.ts';
import { runSpec } from '../contracts/run-spec.ts';
import type { RunSpec } from '../contracts/run-spec.ts';
import { readEvaluations, readFigures } from '../library/evaluations-file.ts';
import type { Library } from '../library/library.ts';
import type { Probes } from './probes.ts';

export interface EvaluationsOptions {
  readonly library: Library;
  readonly probes: Probes;
  /** Folder of the data sets that ship with the application. */
  readonly resources: string;
  /** Throws `run/unknown`. */
  readonly get: (run: string) => RunRecord;
  readonly keep: (request: ApiParameters<'runs.keep-evaluation'>) => Promise<void>;
  readonly keepOfWeights: (request: ApiParameters<'weights.keep-evaluation'>) => Promise<void>;
  readonly emit: ApiEmit;
}

type Question = Pick<Parameters<Probes['evaluate']>[0], 'spec' | 'net'>;

/** Evaluations of checkpoints and of imported weights, each in a process of its own. */
export class Evaluations {
  readonly #options: EvaluationsOptions;

  constructor(options: EvaluationsOptions) {
    this.#options = options;
  }

  /**
   * Evaluates, and keeps what a net came to with its run or its weights where the library can be written. Throws `run/unknown`,
   * `evaluate/...`, `checkpoint/...`, `weights/...`, `data/...`; the process ends with the signal.
   */
  async run({ of, split, job }: ApiParameters<'evaluations.run'>, signal?: AbortSignal): Promise<EvaluationFigures> {
    const { library, probes, resources, keep, keepOfWeights, emit } = this.#options;
    const question = of.kind === 'checkpoint' ? this.#checkpoint(of) : this.#weights(of);
    const figures = await probes.evaluate(
      { ...question, split, resources },
      { progress: (fraction) => emit('evaluation.progress', { job, fraction }), signal },
    );
    const evaluation = summaryOf(figures, new Date());
    if (of.kind === 'checkpoint' && evaluation !== null && !library.readOnly) {
      await keep({ run: of.run, evaluation, figures });
    } else if (of.kind === 'weights' && !library.readOnly) {
      const { weights, model, dataset } = of;
      await keepOfWeights({ weights, evaluation: { model, dataset, at: new Date().toISOString(), figures } });
    }
    return figures;
  }

  list(run: string): Promise<KeptEvaluation[]> {
    return readEvaluations(this.#folder(run));
  }

  read({ run, checkpoint, split }: ApiParameters<'evaluations.read'>): Promise<EvaluationFigures | null> {
    return readFigures(this.#folder(run), { checkpoint, split });
  }

  #folder(run: string): string {
    return this.#options.library.runs.folder(this.#options.get(run).id);
  }

  #checkpoint({ run, checkpoint }: Extract<EvaluationRequest['of'], { kind: 'checkpoint' }>): Question {
    const record = this.#options.get(run);
    if (hasSpec(record) && record.origin === undefined) {
      return { spec: record.spec, net: { from: 'checkpoint', run: this.#folder(run), checkpoint } };
    }
    throw new MicrobatchError({
      code: 'evaluate/no-weights',
      message: `run ${run} was imported from recorded series and has no weights`,
      expected: 'a run that was trained here, or imported weights',
    });
  }

  #weights({ weights, model, dataset }: Extract<EvaluationRequest['of'], { kind: 'weights' }>): Question {
    const spec = specOfWeights({ weights, model, dataset });
    return { spec, net: { from: 'initialWeights', library: this.#options.library.folder } };
  }
}

/** A spec for imported weights. Nothing of it but the model, the data and the weights is used. */
export function specOfWeights({
  weights,
  model,
  dataset,
}: Pick<RunSpec, 'model' | 'dataset'> & { weights: string }): RunSpec {
  const training = { method: 'small-batch', batchSize: 1, learningRate: 1, steps: 1 } as const;
  return runSpec.parse({ ...training, model, dataset, initialWeights: { weights } });
}
