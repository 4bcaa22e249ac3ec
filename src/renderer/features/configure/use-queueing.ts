import { ref, shallowRef } from 'vue';
import type { Ref, ShallowRef } from 'vue';
import { useRouter } from 'vue-router';
import { toErrorShape } from '../../../contracts/errors.ts';
import type { ErrorShape } from '../../../contracts/errors.ts';
import type { RunRecord } from '../../../contracts/run-record.ts';
import { plural } from '../../format/words.ts';
import { useRuns } from '../../stores/runs.ts';
import { useToasts } from '../../stores/toasts.ts';
import { seedsToQueue } from './plan/plan.ts';
import type { Plan } from './plan/plan.ts';

export interface Queueing {
  readonly busy: Ref<boolean>;
  /** Why the last try failed; null after a success. */
  readonly error: ShallowRef<ErrorShape | null>;
  /** Queues what a plan says and shows it on the runs screen. */
  queue(plan: Plan, again: boolean): Promise<void>;
}

export function useQueueing(): Queueing {
  const runs = useRuns();
  const toasts = useToasts();
  const router = useRouter();
  const busy = ref(false);
  const error = shallowRef<ErrorShape | null>(null);

  async function queue(plan: Plan, again: boolean): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    error.value = null;
    const created: RunRecord[] = [];
    try {
      for (const row of plan.rows) {
        const seeds = seedsToQueue(row, again);
        if (seeds.length > 0) created.push(...(await runs.create({ spec: row.spec, seeds })));
      }
    } catch (thrown) {
      error.value = toErrorShape(thrown);
    } finally {
      busy.value = false;
    }
    if (created.length > 0) tell(created);
    if (error.value === null) await router.push({ name: 'runs' });
  }

  function tell(created: readonly RunRecord[]): void {
    toasts.show({
      text: `Queued ${plural(created.length, 'run')}`,
      undo: () => runs.takeBack(created.map(({ id }) => id)),
    });
  }

  return { busy, error, queue };
}
