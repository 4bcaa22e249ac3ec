import { onMounted, onUnmounted, ref, shallowRef } from 'vue';
import type { DatasetEntry, DatasetProgress, DatasetReport } from '../../../contracts/datasets.ts';
import type { HandedFile } from '../../../contracts/files.ts';
import { toErrorShape } from '../../../contracts/errors.ts';
import { formatCount } from '../../format/numbers.ts';
import { errorSentences } from '../../format/words.ts';
import { useBridge } from '../../stores/bridge.ts';
import { useCatalogue } from '../../stores/catalogue.ts';
import { useToasts } from '../../stores/toasts.ts';

/** The catalogue as the screen shows it, what is being done to its sets, and what can be done. */
export function useDatasets() {
  const bridge = useBridge();
  const catalogue = useCatalogue();
  const toasts = useToasts();
  const entries = shallowRef<readonly DatasetEntry[]>([]);
  const isLoading = ref(true);
  const failure = shallowRef<{ readonly text: string; readonly detail: string } | null>(null);
  /** What is being done, by the id of a set, or by its path while it is added. */
  const working = ref<Record<string, DatasetProgress>>({});

  async function load(): Promise<void> {
    try {
      entries.value = await bridge.call('datasets.catalogue', null);
    } catch (thrown) {
      failure.value = errorSentences(toErrorShape(thrown));
    } finally {
      isLoading.value = false;
    }
  }

  /** Runs a piece of work, with its progress where the set stands; says how it ended. */
  async function work(name: string, what: string, task: () => Promise<DatasetReport>): Promise<DatasetReport | null> {
    failure.value = null;
    working.value[name] = { dataset: name, what, fraction: null };
    try {
      const report = await task();
      toasts.show({ text: `${report.dataset}: ${summary(report)}` });
      return report;
    } catch (thrown) {
      failure.value = errorSentences(toErrorShape(thrown));
      return null;
    } finally {
      working.value = Object.fromEntries(Object.entries(working.value).filter(([key]) => key !== name));
    }
  }

  const add = ({ file, path }: HandedFile, id: string): Promise<DatasetReport | null> =>
    work(id === '' ? path : id, 'Reading the images', () =>
      bridge.call('datasets.add', id === '' ? { path: file } : { path: file, id }),
    );
  const download = (dataset: string) =>
    work(dataset, 'Asking for the file', () => bridge.call('datasets.download', { dataset }));
  const verify = (dataset: string) =>
    work(dataset, 'Comparing the checksums', () => bridge.call('datasets.verify', { dataset }));
  const cancel = (dataset: string) => bridge.call('datasets.cancel', { dataset });

  async function remove(entry: DatasetEntry): Promise<void> {
    try {
      await bridge.call('datasets.remove', { dataset: entry.id });
      toasts.show({ text: `${entry.label} is in the trash`, undo: () => restore(entry.id) });
    } catch (thrown) {
      toasts.showError(thrown);
    }
  }

  async function restore(dataset: string): Promise<void> {
    await bridge.call('datasets.restore', { dataset }).catch((thrown: unknown) => toasts.showError(thrown));
  }

  const subscriptions = [
    bridge.subscribe('datasets.changed', () => {
      void load();
      // Forms offer what can be trained on.
      void catalogue.load();
    }),
    bridge.subscribe('dataset.progress', (progress) => {
      if (progress.dataset in working.value) working.value[progress.dataset] = progress;
    }),
  ];
  onMounted(load);
  onUnmounted(() => {
    for (const end of subscriptions) end();
  });

  return { entries, isLoading, failure, working, add, download, verify, cancel, remove, restore };
}

function summary({ splits, leftCount }: DatasetReport): string {
  const parts = Object.entries(splits).map(([name, images]) => `${formatCount(images)} ${name}`);
  const left = leftCount === 0 ? '' : `; ${formatCount(leftCount)} files left out`;
  return `${parts.join(', ')} images, all checksums right${left}`;
}
