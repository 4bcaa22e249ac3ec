import type { InstrumentId } from '../../contracts/instruments.ts';
import type { Executor } from '../executors/executor.ts';
import type { Method } from '../methods/method.ts';
import type { ModelDefinition } from '../models/model.ts';
import type { DataSource } from '../training/data-source.ts';
import type { StepResult } from '../training/trainer.ts';

/** Parameters by state_dict name. */
export type Parameters = Readonly<Record<string, Float32Array>>;

/** What instruments are made from: the run that they measure. */
export interface InstrumentSetup {
  readonly executor: Executor;
  readonly model: ModelDefinition;
  readonly method: Method;
  readonly batchSize: number;
  readonly microBatchSize: number;
  readonly seed: number;
  readonly data: DataSource;
}

/** The step that is measured: it has been taken, and its parameters before are at hand. */
export interface Moment {
  readonly result: StepResult;
  /** Before the update; empty where no instrument that is due needs them. */
  readonly before: Parameters;
  /** After the update. */
  readonly after: () => Promise<Parameters>;
}

/** A pass over images that several instruments use: it is made once for a step. */
export interface SharedPass {
  readonly prepare: (moment: Moment) => Promise<unknown>;
}

/**
 * Measures one thing of a run, at the parameters before the update as the norms of the step are. It computes on its own
 * copy of the parameters and draws from streams of its own, `instrument/PURPOSE/STEP`, which carry no state: training
 * does not notice it, and a resumed run measures the same.
 */
export interface Instrument {
  readonly id: InstrumentId;
  readonly needs: 'result' | 'parameters';
  readonly shared: SharedPass | undefined;
  /** Values by series name; empty where this step cannot tell, and the next one is asked. */
  readonly measure: (moment: Moment) => Promise<Readonly<Record<string, number>>>;
  readonly dispose: () => Promise<void>;
}
