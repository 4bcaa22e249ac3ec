import { needsMeasure, samplesPenalty } from './program.ts';
import type { Method, MethodState } from '../methods/method.ts';
import type { ImageBatch, NumberedBatch } from './data-source.ts';
import type { AppliedStep, AscendedResult, DrawSource, MicroBatchResult, TrainingSession } from './training-session.ts';

/** A micro-batch of a group, and where its random draws come from. */
export interface GroupMember<Batch = ImageBatch | NumberedBatch> {
  readonly batch: Batch;
  readonly source: DrawSource;
}

/** A group of micro-batches whose gradient G is complete in the session's state. */
export interface AccumulatedGroup {
  readonly results: readonly MicroBatchResult[];
  /** Second passes, one a micro-batch; empty for methods without. */
  readonly ascended: readonly AscendedResult[];
  /** Position of the micro-batch that was treated apart. */
  readonly sampled: number | undefined;
  /** Norm of the group's loss gradient, where the method needs it. */
  readonly lossGradientNorm: number | undefined;
}

/** A step that was taken. */
export interface TakenStep extends AppliedStep {
  readonly state: MethodState;
  /** Factor of G. */
  readonly scale: number;
  /** Distance that the parameters moved, scale times norm(G). */
  readonly stepLength: number;
  /** Norm that was grafted onto the direction; undefined for methods that graft none. */
  readonly graftNorm: number | undefined;
}

/**
 * Accumulates the gradient of one group. `members` is walked once; it is asked for the next micro-batch when the one
 * before is done, so that its arrays may be overwritten then. `passed` is called after each pass of a micro-batch.
 */
export async function accumulateGroup(
  session: TrainingSession,
  method: Method,
  members: Iterable<GroupMember> | AsyncIterable<GroupMember>,
  sampled: number | undefined,
  passed: () => void = () => undefined,
): Promise<AccumulatedGroup> {
  const results: MicroBatchResult[] = [];
  const again: GroupMember[] = [];
  const twice = method.ascent?.along === 'group';
  for await (const member of members) {
    const kept = twice ? keptForSecondPass(member) : member;
    const penalise = samplesPenalty(method) && results.length === sampled;
    results.push(await session.accumulate(kept.batch, { source: kept.source, penalise }));
    passed();
    if (twice) again.push(kept);
  }
  const lossGradientNorm = needsMeasure(method) ? await session.measure() : undefined;
  const ascended: AscendedResult[] = [];
  // A zero gradient has no direction: the second pass then stays where the first was.
  const norm = lossGradientNorm ?? 0;
  const shift = norm === 0 ? 0 : (method.ascent?.radius ?? 0) / norm;
  for (const { batch, source } of again) {
    ascended.push(await session.ascend(batch, shift, source));
    passed();
  }
  return { results, ascended, sampled, lossGradientNorm };
}

/** Moves the parameters by an accumulated group. */
export async function applyGroup(
  session: TrainingSession,
  method: Method,
  state: MethodState,
  group: AccumulatedGroup,
  { step, learningRate }: { readonly step: number; readonly learningRate: number },
): Promise<TakenStep> {
  const updated = method.update(state, {
    step,
    learningRate,
    microGradientNorms: group.results.map(({ lossGradientSquaredNorm }) => Math.sqrt(lossGradientSquaredNorm)),
    sampled: group.sampled,
  });
  const { size } = updated;
  const norm = group.lossGradientNorm ?? 0;
  // A zero gradient has no direction: the parameters stay.
  const scale = 'scale' in size ? size.scale : norm === 0 ? 0 : size.length / norm;
  const applied = await session.apply(scale);
  return {
    ...applied,
    state: updated.state,
    scale,
    stepLength: Math.abs(scale) * applied.gradientNorm,
    graftNorm: 'graftNorm' in size ? size.graftNorm : undefined,
  };
}

/** Copies of the images, and draws that give the same values when they are asked for again. */
function keptForSecondPass({ batch, source }: GroupMember): GroupMember {
  const drawn = new Map<string, Float32Array>();
  return {
    batch: 'rows' in batch ? batch : { images: batch.images.slice(), labels: batch.labels.slice() },
    source: (name, draw) => {
      const values = drawn.get(name) ?? source(name, draw);
      drawn.set(name, values);
      return values;
    },
  };
}
