import { ref, shallowRef } from 'vue';
import type { Ref, ShallowRef } from 'vue';
import { useRouter } from 'vue-router';
import { MicrobatchError, toErrorShape } from '../../../contracts/errors.ts';
import type { ErrorShape } from '../../../contracts/errors.ts';
import type { RunRecord } from '../../../contracts/run-record.ts';
import type { SweepDefinition } from '../../../contracts/sweeps.ts';
import { plural } from '../../format/words.ts';
import { useRuns } from '../../stores/runs.ts';
import { useSweeps } from '../../stores/sweeps.ts';
import { useToasts } from '../../stores/toasts.ts';
import { readSweep, startBuilder } from '../sweeps/builder/builder.ts';
import { specFields } from './draft/draft.ts';
import { useDraft } from './draft-store.ts';
import type { JsonObject } from './fields/json.ts';
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
  const sweeps = useSweeps();
  const draft = useDraft();
  const toasts = useToasts();
  const router = useRouter();
  const busy = ref(false);
  const error = shallowRef<ErrorShape | null>(null);

  async function queue(plan: Plan, again: boolean): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    error.value = null;
    try {
      if (plan.axes.length > 0) await sweeps.create(sweepOf(draft.document), again);
      else await queueSeeds(plan, again);
    } catch (thrown) {
      error.value = toErrorShape(thrown);
    } finally {
      busy.value = false;
    }
    if (error.value === null) await router.push({ name: 'runs' });
  }

  async function queueSeeds(plan: Plan, again: boolean): Promise<void> {
    const created: RunRecord[] = [];
    for (const row of plan.rows) {
      const seeds = seedsToQueue(row, again);
      if (seeds.length > 0) created.push(...(await runs.create({ spec: row.spec, seeds })));
    }
    if (created.length === 0) return;
    const ids = created.map(({ id }) => id);
    toasts.show({ text: `Queued ${plural(ids.length, 'run')}`, undo: () => runs.takeBack(ids) });
  }

  return { busy, error, queue };
}

/** The lists of a draft as the axes of a sweep. */
function sweepOf(document: JsonObject): SweepDefinition {
  const { base, rows } = startBuilder(specFields, document);
  const read = readSweep(base, rows, { name: '', sample: null, sampleSeed: 1 });
  if ('definition' in read) return read.definition;
  throw new MicrobatchError({ code: 'sweep/invalid', message: [...read.problems.values()].join('; ') });
}
