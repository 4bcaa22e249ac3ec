import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import { CommandLine } from '../../test/command-line.ts';
import { runDocument } from '../contracts/command-documents.ts';
import { exportReport } from '../contracts/exports.ts';
import { importReport } from '../contracts/imports.ts';

const commands = new CommandLine();
afterAll(() => commands.dispose());

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

it('export --format tfjs writes a folder with a model card beside it, and refuses what has no net', async () => {
  const { runs } = await commands.json(runDocument, 'run', '--spec', commands.spec());
  const run = String(runs[0]?.run);
  const out = join(commands.folder, 'net');
  const { files, ...report } = await commands.json(exportReport, 'export', run, '--format', 'tfjs', '--out', out);
  expect(report).toEqual({ format: 'tfjs', run, weights: null, checkpoint: 40 });
  const paths = [join(out, 'model.json'), join(out, 'group1-shard1of1.bin'), `${out}.json`];
  expect(files.map(({ path }) => path)).toEqual(paths);
  expect(files.map((file) => file.sha256)).toEqual(paths.map(sha256));
  expect(readdirSync(out).toSorted()).toEqual(['group1-shard1of1.bin', 'model.json']);
  const card = z.looseObject({}).parse(JSON.parse(readFileSync(`${out}.json`, 'utf8')));
  expect(card).toMatchObject({
    file: { name: 'net/model.json', format: 'tfjs', sha256: files[0]?.sha256 },
    shards: [{ name: 'net/group1-shard1of1.bin', sha256: files[1]?.sha256 }],
    tfjs: { input: 'images', inputShape: [null, 7, 7, 1], output: 'logits' },
    tensors: [
      { name: 'layers.0/kernel', shape: [49, 8] },
      { name: 'layers.0/bias', shape: [8] },
      { name: 'layers.1/kernel', shape: [8, 10] },
      { name: 'layers.1/bias', shape: [10] },
    ],
  });

  const inLibrary = (...parameters: string[]) => commands.run(...parameters, '--library', commands.library);
  expect((await inLibrary('export', run, '--format', 'tfjs', '--out', out)).stderr).toMatch(/^export\/exists/);
  expect((await inLibrary('export', run, '--format', 'tfjs', '--out', out, '--force')).code).toBe(0);

  const file = join(commands.folder, 'of-weights');
  const weights = join(commands.folder, 'net.safetensors');
  await commands.json(exportReport, 'export', run, '--format', 'safetensors', '--out', weights);
  const { imported } = await commands.json(importReport, 'import', weights);
  const refused = await inLibrary('export', String(imported[0]?.id), '--format', 'tfjs', '--out', file);
  expect(refused.stderr).toMatch(/^export\/no-network/);
  expect(existsSync(file)).toBe(false);
});
