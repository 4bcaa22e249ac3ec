import { ref, shallowRef } from 'vue';
import type { Ref, ShallowRef } from 'vue';
import { useRouter } from 'vue-router';
import { toErrorShape } from '../../../contracts/errors.ts';
import type { ErrorShape } from '../../../contracts/errors.ts';
import type { RunRecord } from '../../../contracts/run-record.ts';
import { plural } from '../../format/words.ts';
import { useBridge } from '../../stores/bridge.ts';
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
  const bridge = useBridge();
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
    toasts.show({ text: `Queued ${plural(created.length, 'run')}`, undo: () => takeBack(created.map(({ id }) => id)) });
  }

  /** What waits goes first, the last one before the others: otherwise every run that stops would let the next one begin. */
  async function takeBack(ids: readonly string[]): Promise<void> {
    for (const id of ids.toReversed()) if (runs.byId(id)?.status === 'queued') await withdraw(id);
    await Promise.all(ids.filter((id) => runs.byId(id) !== undefined).map(withdraw));
  }

  async function withdraw(id: string): Promise<void> {
    // A run that has ended by itself meanwhile cannot be stopped; if anything else is wrong, removing says so.
    await bridge.call('runs.stop', { run: id }).catch(() => null);
    await bridge.call('runs.remove', { run: id });
  }

  return { busy, error, queue };
}
