import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { provenanceTexts } from '../contracts/provenance-texts.ts';
import { examine } from './doctor/doctor.ts';
import { openLibrary } from './library.ts';

const fixture = resolve(import.meta.dirname, '../../test/fixtures/records/before-starts.json');
const id = '5mwp843c';
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'microbatch-migration-'));
  mkdirSync(join(folder, 'runs', id), { recursive: true });
  cpSync(fixture, join(folder, 'runs', id, 'run.json'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('a run.json of a version that did not record its machine opens, says what it knows, and can be written', async () => {
  const library = await openLibrary(folder, { create: true });
  const record = await library.runs.get(id);
  expect(record).toMatchObject({
    id,
    step: 40,
    provenance: { app: '0.1.0', node: '24.21.0', streams: null, starts: [] },
  });
  const texts = provenanceTexts(record);
  expect(texts).toContainEqual({ name: 'Executor', value: 'onnx, onnxruntime-node 1.30.0' });
  expect(texts.map(({ name }) => name)).not.toContain('Commit');
  await library.runs.save({ ...record, name: 'Renamed' });
  const { records, damaged } = await library.runs.list();
  expect(damaged).toEqual([]);
  expect(records).toEqual([{ ...record, name: 'Renamed' }]);
});

it('a run.json of a newer version is named as such, hides no other run, and is left alone by the repair', async () => {
  const library = await openLibrary(folder, { create: true });
  const path = join(folder, 'runs', 'bcdfghjk', 'run.json');
  mkdirSync(join(folder, 'runs', 'bcdfghjk'));
  writeFileSync(path, JSON.stringify({ schema: 2, id: 'bcdfghjk', whatever: true }));
  const { records, damaged } = await library.runs.list();
  expect(records.map((record) => record.id)).toEqual([id]);
  expect(damaged.map(({ error }) => error)).toMatchObject([
    { code: 'run/newer', remedy: expect.stringContaining('update') as string },
  ]);
  const { sound, findings } = await examine(folder, { fix: true });
  expect({ sound, codes: findings.map(({ code }) => code) }).toEqual({ sound: true, codes: ['run/newer'] });
  expect(existsSync(path)).toBe(true);
});
