import { z } from 'zod';
import { drawValues } from '../graph/draws.ts';
import type { Sampled } from '../methods/method.ts';
import { randomState, RandomStream } from './random.ts';
import type { RandomState } from './random.ts';
import type { DrawSource } from './training-session.ts';

/** States of the random streams of a run beside the order of its images, by purpose; plain JSON. */
export const streamStates = z.strictObject({
  /** Dropout masks. */
  dropout: randomState,
  /** Labels and directions of penalties. */
  penalty: randomState,
  /** Which micro-batch of a group is sampled. */
  choice: randomState,
});
export type StreamStates = z.infer<typeof streamStates>;

/** First state of every stream that a run of this seed draws from while it trains. */
export function firstStates(seed: number): StreamStates & { order: RandomState; augmentation: RandomState } {
  const start = (purpose: string): RandomState => RandomStream.named(seed, purpose).capture();
  return {
    order: start('order'),
    augmentation: start('augmentation'),
    dropout: start('dropout'),
    penalty: start('penalty'),
    choice: start('choice'),
  };
}

/** What a run draws while it trains. */
export class TrainingStreams {
  readonly #streams: Readonly<Record<keyof StreamStates, RandomStream>>;

  constructor({ dropout, penalty, choice }: StreamStates) {
    this.#streams = {
      dropout: new RandomStream(dropout),
      penalty: new RandomStream(penalty),
      choice: new RandomStream(choice),
    };
  }

  static ofSeed(seed: number): TrainingStreams {
    return new TrainingStreams(firstStates(seed));
  }

  capture(): StreamStates {
    const { dropout, penalty, choice } = this.#streams;
    return { dropout: dropout.capture(), penalty: penalty.capture(), choice: choice.capture() };
  }

  /** Fresh values for a call's random tensors. */
  readonly source: DrawSource = (_, draw) =>
    drawValues(draw, draw.law.kind === 'dropout' ? this.#streams.dropout : this.#streams.penalty);

  /** The sampled micro-batch of a group of `count`; a fixed position beyond an incomplete group means its last. */
  choose(sample: Sampled | undefined, count: number): number | undefined {
    if (sample === undefined) return undefined;
    return sample === 'random' ? this.#streams.choice.below(count) : Math.min(sample, count - 1);
  }
}
