import { computed, toValue } from 'vue';
import type { MaybeRefOrGetter } from 'vue';
import type { ExecutorReport } from '../../../contracts/devices.ts';
import { executorNames } from '../../../contracts/run-spec.ts';
import type { Settings } from '../../../contracts/settings.ts';
import { useSession } from '../../stores/session.ts';

type ExecutorChoice = NonNullable<Settings['executor']> | 'preset';

/**
 * The executor that new runs ask for, as the settings keep it, and what can be chosen. Where the executors have been
 * tried out, `reports` marks those that do not work here; `warning` is there while the chosen one is among them.
 */
export function useExecutorChoice(reports: MaybeRefOrGetter<readonly ExecutorReport[]> = []) {
  const session = useSession();
  const unusable = (name: string): boolean => toValue(reports).some((report) => report.name === name && !report.usable);

  const chosen = computed<ExecutorChoice>({
    get: () => session.settings.executor ?? 'preset',
    set: (choice) => void session.change({ executor: choice === 'preset' ? null : choice }),
  });

  function hintOf(name: string): { readonly hint?: string } {
    if (name === 'auto') return { hint: 'the best that works here' };
    return unusable(name) ? { hint: 'does not work here' } : {};
  }
  const options = computed<
    readonly { readonly value: ExecutorChoice; readonly label: string; readonly hint?: string }[]
  >(() => [
    { value: 'preset', label: 'As the preset says' },
    ...executorNames.map((name) => ({ value: name, label: name, ...hintOf(name) })),
  ]);
  const warning = computed(() =>
    unusable(chosen.value) ? `${chosen.value} does not work here: runs that ask for it fail at once.` : undefined,
  );
  return { chosen, options, warning };
}
