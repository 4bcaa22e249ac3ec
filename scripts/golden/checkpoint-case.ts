import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readPth } from '../../src/library/formats/pytorch/read-pth.ts';
import { readSafetensors } from '../../src/library/formats/safetensors.ts';
import { Checks } from './checks.ts';
import type { Worst } from './checks.ts';
import { badCase } from './tensors.ts';

/** Reads a PyTorch file and compares every tensor with those of the safetensors file beside it, exactly. */
export async function runCheckpointCase(path: string): Promise<Worst> {
  const bytes = readFileSync(path);
  const { tensors } = await readPth(path, statSync(path).size, bytes);
  const folder = basename(path, '.pth') === 'views' ? 'views/' : 'state/';
  const expected = [...readSafetensors(readFileSync(join(dirname(path), 'tiny.safetensors')))].filter(([name]) =>
    name.startsWith(folder),
  );
  if (expected.length === 0) throw badCase(`no tensor ${folder}... is expected`);
  const checks = new Checks();
  checks.exact('tensors', tensors.size, expected.length);
  for (const [name, { type, shape, data }] of expected) {
    const read = tensors.get(name.slice(folder.length));
    checks.exact(`shape and type of ${name}`, read?.shape.join() === shape.join() && read.type === type ? 0 : 1, 0);
    checks.absolute(name, Array.from(read?.data ?? [], Number), Array.from(data, Number), 1e-12);
  }
  return checks.worst;
}
