import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { toErrorShape } from '../../../contracts/errors.ts';
import type { RuntimeReport, RuntimeRequest, RuntimesStatus } from '../../../contracts/native-runtime.ts';
import { errorSentences } from '../../format/words.ts';
import { useBridge } from '../../stores/bridge.ts';
import { useToasts } from '../../stores/toasts.ts';

type Sentences = ReturnType<typeof errorSentences>;

/** Native runtimes as this window shows them: what there is, what is being installed by whichever window, what can be done. */
export const useRuntimes = defineStore('runtimes', () => {
  const bridge = useBridge();
  const toasts = useToasts();
  const status = shallowRef<RuntimesStatus | null>(null);
  /** What came of trying a runtime out, by its id; null where the host does not do that for this window. */
  const reports = shallowRef<ReadonlyMap<string, RuntimeReport | null>>(new Map());
  const failure = shallowRef<Sentences | null>(null);
  const isCancelling = ref(false);
  /** How often other executors may have come to work than before. */
  const changes = ref(0);
  const installation = computed(() => status.value?.installation ?? null);
  let loads = 0;

  async function load(): Promise<void> {
    loads += 1;
    const mine = loads;
    try {
      const read = await bridge.call('runtimes.status', null);
      // What was asked for later is newer, whenever it comes.
      if (mine !== loads) return;
      status.value = read;
      failure.value = read.failure === null ? null : errorSentences(read.failure);
      await tryOut(read);
    } catch (thrown) {
      if (mine === loads) failure.value = errorSentences(toErrorShape(thrown));
    }
  }

  /** Those that were not tried out before, one after the other: each takes a core for some seconds. */
  async function tryOut({ installed }: RuntimesStatus): Promise<void> {
    reports.value = new Map([...reports.value].filter(([id]) => installed.some((runtime) => runtime.id === id)));
    for (const { id, problem } of installed) {
      if (problem !== null || reports.value.has(id)) continue;
      const report = await bridge.call('runtimes.probe', { runtime: id }).catch(() => null);
      reports.value = new Map(reports.value).set(id, report);
    }
  }

  /** Reads and tries out everything again. */
  function retry(): void {
    reports.value = new Map();
    void load();
  }

  async function install(request: RuntimeRequest): Promise<void> {
    failure.value = null;
    try {
      const report = await bridge.call('runtimes.install', request);
      reports.value = new Map(reports.value).set(report.id, report);
      toasts.show({ text: `Native TensorFlow ${report.version} is installed` });
    } catch (thrown) {
      const error = toErrorShape(thrown);
      if (error.code !== 'runtime/cancelled') failure.value = errorSentences(error);
    }
  }

  async function cancel(): Promise<void> {
    isCancelling.value = true;
    await bridge.call('runtimes.cancel', null).catch((thrown: unknown) => toasts.showError(thrown));
    isCancelling.value = false;
  }

  async function remove(runtime: string): Promise<void> {
    try {
      await bridge.call('runtimes.remove', { runtime });
      toasts.show({ text: `${runtime} is in the trash for a week`, undo: () => restore(runtime) });
    } catch (thrown) {
      toasts.showError(thrown);
    }
  }

  async function restore(runtime: string): Promise<void> {
    await bridge.call('runtimes.restore', { runtime }).catch((thrown: unknown) => toasts.showError(thrown));
  }

  bridge.subscribe('runtimes.changed', ({ installing }) => {
    void load();
    if (!installing) changes.value += 1;
  });
  bridge.subscribe('runtime.progress', (progress) => {
    if (status.value !== null) status.value = { ...status.value, installation: progress };
  });
  bridge.onConnection((state) => {
    if (state === 'connected' && status.value !== null) void load();
  });

  return {
    ...{ status, reports, failure, installation, isCancelling, changes },
    ...{ load, retry, install, cancel, remove, restore },
  };
});
