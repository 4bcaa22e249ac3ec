import { useEventListener } from '@vueuse/core';
import { onScopeDispose, watch } from 'vue';
import { useRouter } from 'vue-router';
import type { HandedFile, OpenedDocument } from '../../contracts/files.ts';
import type { ImportReport } from '../../contracts/imports.ts';
import { useDraft } from '../features/configure/draft-store.ts';
import { plural } from '../format/words.ts';
import { useBridge } from '../stores/bridge.ts';
import { useCatalogue } from '../stores/catalogue.ts';
import { useToasts } from '../stores/toasts.ts';

/**
 * Files that are opened with the application or dropped on its window: a spec goes to the form of a new run, everything
 * else is imported.
 */
export function useOpenedFiles(): void {
  const bridge = useBridge();
  const catalogue = useCatalogue();
  const toasts = useToasts();
  const router = useRouter();

  async function show(documents: Promise<readonly OpenedDocument[]>): Promise<void> {
    try {
      for (const document of await documents) {
        if (document.kind === 'import') await importFiles(document.files);
        else {
          useDraft().startFromText(document.text, document.name);
          await router.push({ name: 'new' });
        }
      }
    } catch (thrown) {
      toasts.showError(thrown);
    }
  }

  async function importFiles(files: readonly HandedFile[]): Promise<void> {
    const report = await bridge.call('imports.run', { paths: files.map(({ file }) => file) });
    toasts.show(told(report));
    if (report.imported.some(({ kind }) => kind === 'run')) await router.push({ name: 'runs' });
  }

  const take = (): Promise<void> => show(bridge.call('files.take-opened', null));
  onScopeDispose(bridge.subscribe('files.opened', () => void take()));
  // What was opened before this window listened; a browser's host opens nothing.
  watch(
    () => catalogue.host?.kind,
    (kind) => {
      if (kind === 'desktop') void take();
    },
  );

  useEventListener(window, 'dragover', (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'copy';
  });
  useEventListener(window, 'drop', (event) => {
    // A field or a screen that takes files itself has taken them.
    if (!holdsFiles(event) || event.defaultPrevented) return;
    event.preventDefault();
    void show(bridge.takeFiles([...(event.dataTransfer?.files ?? [])]));
  });
}

const holdsFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') === true;

/** What an import came to, in one line; of refused files the first reason. */
function told({ imported, refused }: ImportReport): { text: string; kind?: 'error'; detail?: string } {
  const [first] = refused;
  const done = `Imported ${plural(imported.length, 'thing')}`;
  if (first === undefined) return { text: done };
  return {
    text: imported.length === 0 ? `${plural(refused.length, 'file')} could not be imported` : `${done}, not all`,
    kind: 'error',
    detail: `${first.file}: ${first.reason}`,
  };
}
