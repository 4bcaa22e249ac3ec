import { useRouter } from 'vue-router';
import type { HandedFile } from '../../../contracts/files.ts';
import { formatForms } from '../../../contracts/exports.ts';
import type { ImportedItem } from '../../../contracts/imports.ts';
import { plural } from '../../format/words.ts';
import { useBridge } from '../../stores/bridge.ts';
import { useToasts } from '../../stores/toasts.ts';
import { useImporting } from './importing.ts';

/** Milliseconds after which an import shows how far it is. */
const noticeable = 1000;

/** Whether a file says by its name that it is a bundle of a run: no question has to be answered before its import. */
export const isBundle = ({ path }: HandedFile): boolean => path.toLowerCase().endsWith(formatForms.bundle.extension);

/**
 * Returns the function that imports bundles without asking: a toast tells of it and takes it back. The screen of imports
 * shows one that takes its time, and one that is refused, with why.
 */
export function useBundleImport(): (bundles: readonly HandedFile[]) => Promise<void> {
  const bridge = useBridge();
  const importing = useImporting();
  const toasts = useToasts();
  const router = useRouter();
  const showScreen = (): void => void router.push({ name: 'import' });

  async function remove({ kind, id }: ImportedItem): Promise<void> {
    if (kind === 'run') await bridge.call('runs.remove', { run: id });
    else if (kind === 'trace') await bridge.call('traces.remove', { trace: id });
    else await bridge.call('weights.remove', { weights: id });
  }

  return async (bundles) => {
    const timer = setTimeout(showScreen, noticeable);
    const entries = await importing.importNow(bundles).finally(() => clearTimeout(timer));
    const items = entries.flatMap(({ imported }) => imported);
    const [first] = items;
    if (first !== undefined) {
      toasts.show({
        text: `Imported ${items.length === 1 ? first.name : plural(items.length, 'thing')}`,
        undo: async () => {
          for (const item of items) await remove(item);
          for (const { file } of bundles) importing.remove(file);
        },
      });
    }
    if (entries.length < bundles.length || entries.some(({ state }) => state !== 'imported')) showScreen();
  };
}
