import { dirname } from 'node:path';
import { dialog } from 'electron';
import type { BrowserWindow, OpenDialogOptions } from 'electron';
import type { FilePurpose } from '../contracts/files.ts';

const questions: Readonly<Record<FilePurpose, OpenDialogOptions>> = {
  'data-set': { title: 'Add a data set', properties: ['openFile'] },
  'data-set-folder': { title: 'Add a data set', properties: ['openDirectory'] },
  import: { title: 'Import runs', properties: ['openFile', 'multiSelections'] },
  'import-folder': { title: 'Import runs', properties: ['openDirectory', 'multiSelections'] },
  trace: { title: 'Choose a recorded trace', properties: ['openFile'] },
  weights: { title: 'Import weights', properties: ['openFile'] },
  'export-folder': { title: 'Export', buttonLabel: 'Export', properties: ['openDirectory', 'createDirectory'] },
  runtime: {
    title: 'Install native TensorFlow',
    properties: ['openFile'],
    filters: [{ name: 'Wheel', extensions: ['whl'] }],
  },
  'runtime-folder': { title: 'Install native TensorFlow', properties: ['openDirectory'] },
};

/** Asks for files with the system's dialog. It begins where the last answer for that purpose was. */
export class FileDialogs {
  readonly #window: BrowserWindow;
  readonly #folders = new Map<FilePurpose, string>();

  constructor(window: BrowserWindow) {
    this.#window = window;
  }

  /** Paths that the user chose; none where the dialog was closed. */
  async ask(purpose: FilePurpose): Promise<readonly string[]> {
    const before = this.#folders.get(purpose);
    const { canceled, filePaths } = await dialog.showOpenDialog(this.#window, {
      ...questions[purpose],
      ...(before === undefined ? {} : { defaultPath: before }),
    });
    const [first] = filePaths;
    if (canceled || first === undefined) return [];
    this.#folders.set(purpose, dirname(first));
    return filePaths;
  }
}
