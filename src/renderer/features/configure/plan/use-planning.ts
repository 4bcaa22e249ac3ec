import { computed, onScopeDispose, ref, watch } from 'vue';
import type { ComputedRef, Ref } from 'vue';
import type { ErrorShape } from '../../../../contracts/errors.ts';
import { useCatalogue } from '../../../stores/catalogue.ts';
import { useRuns } from '../../../stores/runs.ts';
import { refusalFinding } from '../draft/refusal.ts';
import { useDraft } from '../draft-store.ts';
import { countToQueue, makePlan, planTime } from './plan.ts';
import type { Plan, PlannedRow, PlanTime } from './plan.ts';
import { useEstimates } from './use-estimates.ts';

/** What queueing the draft would do, kept up to date. */
export interface Planning {
  /** Null while the draft is not valid. */
  readonly plan: ComputedRef<Plan | null>;
  readonly count: ComputedRef<number>;
  readonly time: ComputedRef<PlanTime | null>;
  readonly parameters: ComputedRef<number | null>;
  /** Why there are no figures, where that says nothing against the settings. */
  readonly error: ComputedRef<ErrorShape | null>;
  readonly secondsOf: (row: PlannedRow) => number | null;
  /** Whether runs that exist already are trained again. */
  readonly again: Ref<boolean>;
}

export function usePlanning(): Planning {
  const draft = useDraft();
  const runs = useRuns();
  const catalogue = useCatalogue();
  const again = ref(false);

  const plan = computed(() => {
    const { valid, combinations, axes, seeds } = draft.examination;
    if (!valid || draft.textProblems.length > 0) return null;
    const numbers = seeds.filter((seed) => typeof seed === 'number');
    return makePlan(combinations, axes, numbers, runs.records);
  });
  const finished = computed(() => runs.records.filter(({ status }) => status === 'done').length);
  const estimates = useEstimates(
    () => plan.value?.rows.map((row) => row.spec) ?? [],
    () => finished.value,
  );
  const secondsOf = (row: PlannedRow): number | null => estimates.of(row.spec)?.secondsPerRun ?? null;

  const refusal = computed(() => (estimates.error.value === null ? null : refusalFinding(estimates.error.value)));
  watch(refusal, (finding) => {
    draft.refusal = finding;
  });
  onScopeDispose(() => {
    draft.refusal = null;
  });

  return {
    plan,
    count: computed(() => (plan.value === null || refusal.value !== null ? 0 : countToQueue(plan.value, again.value))),
    time: computed(() =>
      plan.value === null ? null : planTime(plan.value, again.value, secondsOf, catalogue.host?.concurrency ?? 1),
    ),
    parameters: computed(() => {
      const first = plan.value?.rows[0];
      return first === undefined ? null : estimates.parametersOf(first.spec);
    }),
    error: computed(() => (refusal.value === null ? estimates.error.value : null)),
    secondsOf,
    again,
  };
}
