import type { ApiEmit, ApiParameters } from '../contracts/api.ts';
import type { WeightsEvaluation } from '../contracts/evaluations.ts';
import type { TraceSummary, WeightsSummary } from '../contracts/imports.ts';
import type { Library } from '../library/library.ts';
import { TraceStore } from '../library/trace-store.ts';
import { recogniseModel } from '../library/weights/recognise-model.ts';
import { WeightsStore } from '../library/weights/weights-store.ts';

/** Imported traces and weights: what is there, and removal that can be taken back. */
export class ImportedThings {
  readonly #traces: TraceStore;
  readonly #weights: WeightsStore;
  readonly #emit: ApiEmit;
  #kept: Promise<void> = Promise.resolve();

  constructor({ folder }: Library, emit: ApiEmit) {
    this.#traces = new TraceStore(folder);
    this.#weights = new WeightsStore(folder);
    this.#emit = emit;
  }

  /** Newest first. */
  async traces(): Promise<TraceSummary[]> {
    const records = await this.#traces.list();
    return records.map(({ id, name, series, origin: { file, importedAt, tool } }) => ({
      id,
      name,
      file,
      importedAt,
      tool,
      series,
    }));
  }

  /** Where the points of an imported trace are; null for what is none. */
  pointsOf(id: string): string | null {
    return this.#traces.has(id) ? this.#traces.metricsFile(id) : null;
  }

  /** Throws `trace/unknown`, `library/...`. */
  async removeTrace(id: string): Promise<void> {
    await this.#traces.remove(id);
    this.#emit('imports.changed', { kind: 'trace' });
  }

  /** Throws `library/not-in-trash`, `library/...`. */
  async restoreTrace(id: string): Promise<void> {
    await this.#traces.restore(id);
    this.#emit('imports.changed', { kind: 'trace' });
  }

  /** Newest first. */
  async weights(): Promise<WeightsSummary[]> {
    const records = await this.#weights.list();
    return records.map(({ id, name, tensors, origin: { file, form, importedAt, notes } }) => ({
      ...{ id, name, file, form, importedAt, tensors, notes },
      model: recogniseModel(new Map(tensors.map((tensor) => [tensor.name, tensor]))),
      parameters: tensors.reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0),
    }));
  }

  /** Oldest first. Throws `weights/unknown`, `evaluate/damaged`. */
  evaluationsOf(weights: string): Promise<WeightsEvaluation[]> {
    return this.#weights.evaluations(weights);
  }

  /** One after the other, so that none is lost. Throws `weights/unknown`, `evaluate/damaged`, `library/...`. */
  keepEvaluation({ weights, evaluation }: ApiParameters<'weights.keep-evaluation'>): Promise<void> {
    const kept = this.#kept
      .catch(() => undefined)
      .then(async () => {
        await this.#weights.keepEvaluation(weights, evaluation);
        this.#emit('imports.changed', { kind: 'weights' });
      });
    this.#kept = kept;
    return kept;
  }

  /** Throws `weights/unknown`, `library/...`. */
  async removeWeights(id: string): Promise<void> {
    await this.#weights.remove(id);
    this.#emit('imports.changed', { kind: 'weights' });
  }

  /** Throws `library/not-in-trash`, `library/...`. */
  async restoreWeights(id: string): Promise<void> {
    await this.#weights.restore(id);
    this.#emit('imports.changed', { kind: 'weights' });
  }
}
