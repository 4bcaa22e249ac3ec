import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryBridge } from '../../../../test/memory-bridge.ts';
import { settled, windowStores } from '../../../../test/window-stores.ts';
import type { ImportedItem, ImportReport } from '../../../contracts/imports.ts';
import { useImporting } from './importing.ts';

let answer: (path: string) => Promise<ImportReport>;
let bridge: MemoryBridge;
let importing: ReturnType<typeof useImporting>;

const handed = (name: string) => ({ file: `handle of ${name}`, path: name });
const item = (name: string): ImportedItem => ({
  ...{ kind: 'run', id: 'abc', name, file: name, series: [], points: 0, tensors: 0, notes: [] },
});

beforeEach(() => {
  answer = (path) => Promise.resolve({ imported: [item(path)], refused: [] });
  bridge = new MemoryBridge({ 'imports.run': ({ paths }) => answer(paths[0] ?? '') });
  importing = useImporting(windowStores(bridge));
});

describe('files that are imported at once', () => {
  it('are not looked at first, and stand among the files with what became of them', async () => {
    const [entry] = await importing.importNow([handed('run.microbatch')]);
    expect(entry).toMatchObject({ state: 'imported', imported: [{ id: 'abc' }] });
    expect(importing.entries).toEqual([entry]);
    expect(bridge.calls).toEqual(['imports.run']);
  });

  it('that are refused say why', async () => {
    answer = (path) =>
      Promise.resolve({
        imported: [],
        refused: [{ file: path, code: 'bundle/damaged', reason: 'the end is missing' }],
      });
    const [entry] = await importing.importNow([handed('run.microbatch')]);
    expect(entry).toMatchObject({ state: 'refused', refusal: { code: 'bundle/damaged' } });
  });

  it('are imported anew when they come again', async () => {
    await importing.importNow([handed('run.microbatch')]);
    await importing.importNow([handed('run.microbatch')]);
    expect(bridge.calls).toEqual(['imports.run', 'imports.run']);
    expect(importing.entries).toHaveLength(1);
  });

  it('wait among the others while an import is under way', async () => {
    let finish = (): void => undefined;
    answer = (path) => new Promise((resolve) => (finish = () => resolve({ imported: [item(path)], refused: [] })));
    const first = importing.importNow([handed('one.microbatch')]);
    await settled();
    expect(await importing.importNow([handed('two.microbatch')])).toEqual([]);
    expect(importing.entries.map(({ file }) => file.path)).toEqual(['one.microbatch', 'two.microbatch']);
    finish();
    expect(await first).toMatchObject([{ state: 'imported' }]);
  });
});
