import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTfjsFile, tfjsFiles } from '../formats/write-tfjs.ts';
import { netOf } from '../weights/net-fixture.ts';
import type { NetWeights } from '../weights/net-weights.ts';
import { writeNewFolder } from './new-folder.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-new-folder-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, net: NetWeights, force = false) =>
  writeNewFolder(join(folder, name), tfjsFiles(net), { force, isOurs: isTfjsFile });

describe('the folder of an export', () => {
  const net = netOf({ kind: 'mlp', widths: [] }, { inputShape: [1, 1, 2], classes: 2 });
  const files = ['group1-shard1of1.bin', 'model.json'];

  it('may be there and empty; one with files is replaced only where that is wanted', async () => {
    mkdirSync(join(folder, 'there'));
    await write('there', net);
    expect(readdirSync(join(folder, 'there'))).toEqual(files);
    await expect(write('there', net)).rejects.toMatchObject({ code: 'export/exists' });
    await write('there', net, true);
    expect(readdirSync(join(folder, 'there'))).toEqual(files);
  });

  it('with files of anybody else stays as it is', async () => {
    mkdirSync(join(folder, 'other'));
    writeFileSync(join(folder, 'other', 'thesis.txt'), 'mine');
    await expect(write('other', net, true)).rejects.toMatchObject({ code: 'export/exists' });
    writeFileSync(join(folder, 'file'), 'mine');
    await expect(write('file', net, true)).rejects.toMatchObject({ code: 'export/exists' });
    expect(readdirSync(join(folder, 'other'))).toEqual(['thesis.txt']);
  });

  it('leaves nothing behind where a file cannot be made', async () => {
    const broken = [
      ...tfjsFiles(net),
      {
        name: 'late.bin',
        get parts(): Iterable<Uint8Array> {
          throw new Error('no more');
        },
      },
    ];
    const writing = writeNewFolder(join(folder, 'broken'), broken, { force: false, isOurs: isTfjsFile });
    await expect(writing).rejects.toMatchObject({ code: 'library/cannot-write' });
    expect(readdirSync(folder).filter((name) => name.startsWith('broken'))).toEqual([]);
  });
});
