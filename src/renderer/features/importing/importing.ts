import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { toErrorShape } from '../../../contracts/errors.ts';
import type { ErrorShape } from '../../../contracts/errors.ts';
import type { HandedFile } from '../../../contracts/files.ts';
import type { ColumnMapping, ImportedItem, ImportExamination, ImportKind } from '../../../contracts/imports.ts';
import { useBridge } from '../../stores/bridge.ts';
import { secondsLeft } from '../../stores/time-left.ts';

/** A file that waits to be imported, and what became of it. */
export interface ImportEntry {
  readonly file: HandedFile;
  /** What it is read as; what it is unless chosen. */
  readonly as: ImportKind | undefined;
  readonly mapping: ColumnMapping | undefined;
  /** Imports again what is there already. */
  readonly force: boolean;
  readonly examination: ImportExamination | null;
  readonly state: 'waiting' | 'looking' | 'ready' | 'importing' | 'imported' | 'refused';
  /** Why it is refused, now or when it was imported. */
  readonly refusal: ErrorShape | null;
  readonly imported: readonly ImportedItem[];
}

export interface ImportProgress {
  readonly file: string;
  /** Of this file. */
  readonly fraction: number;
  readonly done: number;
  readonly total: number;
  readonly secondsLeft: number | null;
}

/** Files that are to be imported: looked at as they come, imported one after the other. They stay when the screen is left. */
export const useImporting = defineStore('importing', () => {
  const bridge = useBridge();
  const entries = shallowRef<readonly ImportEntry[]>([]);
  const progress = shallowRef<ImportProgress | null>(null);
  let looking = false;
  let giving = new AbortController();
  const isGivenUp = (): boolean => giving.signal.aborted;

  const entryOf = (file: string): ImportEntry | undefined => entries.value.find((entry) => entry.file.file === file);
  function change(file: string, changes: Partial<ImportEntry>): void {
    entries.value = entries.value.map((entry) => (entry.file.file === file ? { ...entry, ...changes } : entry));
  }

  function add(files: readonly HandedFile[]): void {
    const known = new Set(entries.value.map(({ file }) => file.file));
    const added = files.filter(({ file }) => !known.has(file)).map(newEntry);
    entries.value = [...entries.value, ...added];
    void lookAtAll();
  }

  function remove(file: string): void {
    entries.value = entries.value.filter((entry) => entry.file.file !== file);
  }

  /** Forgets what is done; what was refused stays. */
  function clear(): void {
    entries.value = entries.value.filter(({ state }) => state !== 'imported');
  }

  /** What a file is read as, and under which names: looked at again. */
  function choose(file: string, changes: Partial<Pick<ImportEntry, 'as' | 'mapping' | 'force'>>): void {
    change(file, { ...changes, state: 'waiting' });
    void lookAtAll();
  }

  /** One at a time: each is read by a process of its own. */
  async function lookAtAll(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      for (let next = waiting(); next !== undefined; next = waiting()) await lookAt(next);
    } finally {
      looking = false;
    }
  }
  const waiting = (): ImportEntry | undefined => entries.value.find(({ state }) => state === 'waiting');

  async function lookAt({ file: { file }, as, mapping }: ImportEntry): Promise<void> {
    change(file, { state: 'looking' });
    const settle = (changes: Partial<ImportEntry>): void => {
      // What was chosen meanwhile is looked at anew.
      if (entryOf(file)?.state === 'looking') change(file, changes);
    };
    try {
      const examination = await bridge.call('imports.examine', { path: file, as, mapping });
      settle({ examination, state: 'ready', refusal: null });
    } catch (thrown) {
      settle({ state: 'refused', refusal: toErrorShape(thrown) });
    }
  }

  const ready = computed(() => entries.value.filter(({ state }) => state === 'ready'));

  const start = (): Promise<void> => importAll(ready.value);

  /**
   * Imports files that need no look and no answer, and resolves with what became of them: of none where an import is under
   * way, beside whose files they then wait.
   */
  async function importNow(files: readonly HandedFile[]): Promise<readonly ImportEntry[]> {
    if (progress.value !== null) {
      add(files);
      return [];
    }
    for (const { file } of files) remove(file);
    const chosen = files.map((file): ImportEntry => ({ ...newEntry(file), state: 'ready' }));
    entries.value = [...entries.value, ...chosen];
    await importAll(chosen);
    return files.flatMap(({ file }) => entryOf(file) ?? []);
  }

  async function importAll(chosen: readonly ImportEntry[]): Promise<void> {
    if (progress.value !== null) return;
    const begun = performance.now();
    giving = new AbortController();
    const tell = (done: number, fraction: number, path: string): void => {
      const share = (done + fraction) / chosen.length;
      const left = secondsLeft(share, (performance.now() - begun) / 1000);
      progress.value = { file: path, fraction, done, total: chosen.length, secondsLeft: left };
    };
    const unsubscribe = bridge.subscribe('import.progress', ({ fraction }) => {
      const now = progress.value;
      if (now !== null) tell(now.done, fraction, now.file);
    });
    try {
      for (const [done, entry] of chosen.entries()) {
        if (isGivenUp()) break;
        tell(done, 0, entry.file.path);
        await importOne(entry);
      }
    } finally {
      unsubscribe();
      progress.value = null;
    }
  }

  async function importOne({ file: { file }, as, mapping, force }: ImportEntry): Promise<void> {
    change(file, { state: 'importing' });
    try {
      const { imported, refused } = await bridge.call('imports.run', { paths: [file], as, mapping, force });
      const [first] = refused;
      if (first === undefined) change(file, { state: 'imported', imported, refusal: null });
      else change(file, { state: 'refused', refusal: { code: first.code, message: first.reason } });
    } catch (thrown) {
      const refusal = toErrorShape(thrown);
      change(file, isGivenUp() ? { state: 'ready' } : { state: 'refused', refusal });
    }
  }

  function cancel(): void {
    giving.abort();
    void bridge.call('imports.cancel', null);
  }

  return { entries, ready, progress, add, remove, clear, choose, start, importNow, cancel };
});

const newEntry = (file: HandedFile): ImportEntry => ({
  ...{ file, as: undefined, mapping: undefined, force: false, examination: null },
  ...{ state: 'waiting', refusal: null, imported: [] },
});
