import { useEventListener } from '@vueuse/core';
import { onScopeDispose, watch } from 'vue';
import { useRouter } from 'vue-router';
import type { OpenedDocument } from '../../contracts/files.ts';
import { useDraft } from '../features/configure/draft-store.ts';
import { isBundle, useBundleImport } from '../features/importing/bundle-import.ts';
import { useImporting } from '../features/importing/importing.ts';
import { useBridge } from '../stores/bridge.ts';
import { useCatalogue } from '../stores/catalogue.ts';
import { useToasts } from '../stores/toasts.ts';

/**
 * Files that are opened with the application or dropped on its window: a spec goes to the form of a new run, bundles
 * are imported, and everything else goes to the screen of imports, where it is looked at first.
 */
export function useOpenedFiles(): void {
  const bridge = useBridge();
  const catalogue = useCatalogue();
  const toasts = useToasts();
  const router = useRouter();
  const importBundles = useBundleImport();

  async function show(documents: Promise<readonly OpenedDocument[]>): Promise<void> {
    try {
      for (const document of await documents) {
        if (document.kind === 'import' && document.files.every(isBundle)) await importBundles(document.files);
        else if (document.kind === 'import') {
          useImporting().add(document.files);
          await router.push({ name: 'import' });
        } else {
          useDraft().startFromText(document.text, document.name);
          await router.push({ name: 'new' });
        }
      }
    } catch (thrown) {
      toasts.showError(thrown);
    }
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
