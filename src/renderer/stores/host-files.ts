import { computed } from 'vue';
import type { ComputedRef } from 'vue';
import type { FilePurpose, HandedFile } from '../../contracts/files.ts';
import { useBridge } from './bridge.ts';
import { useCatalogue } from './catalogue.ts';
import { useToasts } from './toasts.ts';

export interface HostFiles {
  /** Whether files are chosen in a dialog of the system, as in the desktop application; else they are named by path. */
  readonly byDialog: ComputedRef<boolean>;
  /** Asks for files; none where the dialog was closed. */
  choose(purpose: FilePurpose): Promise<readonly HandedFile[]>;
}

/** How a window names files of the host's machine. */
export function useHostFiles(): HostFiles {
  const bridge = useBridge();
  const catalogue = useCatalogue();
  const toasts = useToasts();
  return {
    byDialog: computed(() => catalogue.host?.kind === 'desktop'),
    async choose(purpose) {
      try {
        return await bridge.call('files.choose', { purpose });
      } catch (thrown) {
        toasts.showError(thrown);
        return [];
      }
    },
  };
}

/** A file that was named by its path. */
export const namedFile = (path: string): HandedFile => ({ file: path, path });
