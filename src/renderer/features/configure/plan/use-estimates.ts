import { watchDebounced } from '@vueuse/core';
import { computed, onScopeDispose, shallowReactive, shallowRef } from 'vue';
import type { ComputedRef } from 'vue';
import type { PlanEstimate } from '../../../../contracts/planning.ts';
import { cancelledBy } from '../../../../contracts/calls.ts';
import { canonicalJson } from '../../../../contracts/canonical-json.ts';
import { toErrorShape } from '../../../../contracts/errors.ts';
import type { ErrorShape } from '../../../../contracts/errors.ts';
import type { RunSpec } from '../../../../contracts/run-spec.ts';
import { useBridge } from '../../../stores/bridge.ts';

/** Pause in typing after which the host is asked, milliseconds. */
const pause = 350;
/** Settings that are estimated; a longer sweep has no total. */
const mostSettings = 40;

export interface Estimates {
  /** The figures of a setting; null while they are not known. */
  of(spec: RunSpec): PlanEstimate | null;
  /** Parameters of a setting's model, which its method and sizes do not change. */
  parametersOf(spec: RunSpec): number | null;
  /** Why the present settings have no figures; null where they have or will. */
  readonly error: ComputedRef<ErrorShape | null>;
}

/**
 * Asks the host what the settings amount to, one after the other, never while somebody types. Known figures stay until
 * `finishedRuns` grows: from then on the time of a run may be known, or known better.
 */
export function useEstimates(specs: () => readonly RunSpec[], finishedRuns: () => number): Estimates {
  const bridge = useBridge();
  const known = shallowReactive(new Map<string, PlanEstimate>());
  const parameters = shallowReactive(new Map<string, number>());
  const askedAt = new Map<string, number>();
  const failure = shallowRef<{ readonly key: string; readonly error: ErrorShape } | null>(null);
  let round = 0;
  let asking = new AbortController();

  async function ask(wanted: readonly RunSpec[], finished: number): Promise<void> {
    round += 1;
    const own = round;
    asking.abort();
    asking = new AbortController();
    failure.value = null;
    for (const spec of wanted.slice(0, mostSettings)) {
      const key = keyOf(spec);
      if (askedAt.get(key) === finished) continue;
      try {
        const estimate = await bridge.call('plan.estimate', { spec }, cancelledBy(asking.signal));
        askedAt.set(key, finished);
        known.set(key, estimate);
        parameters.set(modelKeyOf(spec), estimate.parameters);
      } catch (thrown) {
        const error = toErrorShape(thrown);
        // A link for reading starts no process on the host: the figures stay unknown, and nothing has failed.
        if (own === round && error.code !== 'request/read-only') failure.value = { key, error };
        return;
      }
      // Something newer is being asked: what is left of this round is of no use.
      if (own !== round) return;
    }
  }

  watchDebounced(
    [() => specs().map(keyOf).join('\n'), finishedRuns] as const,
    ([, finished]) => void ask(specs(), finished),
    { debounce: pause, immediate: true },
  );
  onScopeDispose(() => {
    round += 1;
    asking.abort();
  });

  return {
    of: (spec) => known.get(keyOf(spec)) ?? null,
    parametersOf: (spec) => parameters.get(modelKeyOf(spec)) ?? null,
    error: computed(() => {
      const failed = failure.value;
      return failed !== null && specs().some((spec) => keyOf(spec) === failed.key) ? failed.error : null;
    }),
  };
}

const keyOf = (spec: RunSpec): string => canonicalJson({ ...spec, seed: 0 });
const modelKeyOf = ({ model, dataset }: RunSpec): string => canonicalJson({ model, dataset });
