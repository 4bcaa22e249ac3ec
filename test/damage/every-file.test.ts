import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/engine/training/random.ts';
import { exportOne } from '../../src/lab/exports/exporters.ts';
import { examine } from '../../src/library/doctor/doctor.ts';
import { importFiles } from '../../src/library/imports/import-files.ts';
import { openLibrary } from '../../src/library/library.ts';
import { readMetrics } from '../../src/library/metric-reader.ts';
import { MetricWriter } from '../../src/library/metric-writer.ts';
import { keepWeightsEvaluation } from '../../src/library/weights/weights-evaluations.ts';
import { WeightsStore } from '../../src/library/weights/weights-store.ts';
import { hasEnded, openTestLab, startRun, tinySpec, untilRun } from '../open-lab.ts';

/**
 * Every kind of file of a library, cut off at several lengths and with flipped bits. Whatever is hit: the library opens,
 * what is damaged is named, the rest works, and `doctor --fix` leaves a library that is sound.
 */
const folder = mkdtempSync(join(tmpdir(), 'microbatch-damage-'));
const [pristine, library, out] = ['pristine', 'library', 'out'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
let run: string;
let other: string;
let sound: { readonly runs: string; readonly curve: string };

beforeAll(async () => {
  mkdirSync(out);
  const { lab } = await openTestLab(pristine);
  const spec = { ...tinySpec, checkpoints: { every: 10, keepBest: true } };
  [run, other] = [await startRun(lab, spec), await startRun(lab, spec)];
  for (const each of [run, other]) await untilRun(lab, each, hasEnded);
  await lab.handlers['runs.verify']({ run });
  const evaluation = { checkpoint: 20, split: 'test', at: '2026-11-25T10:00:00.000Z', loss: 1, accuracy: 1 } as const;
  await lab.handlers['runs.keep-evaluation']({
    run,
    evaluation: { ...evaluation, top5: 1, n: 10, calibrationError: 0.1 },
  });
  await lab.close();
  const waiting = await openTestLab(pristine, { trains: 'nothing' });
  const base = JSON.parse(JSON.stringify(tinySpec)) as Record<string, never>;
  await waiting.lab.handlers['sweeps.create']({ definition: { base, axes: { learningRate: [0.3] } }, again: false });
  await waiting.lab.close();
  await takeIn('safetensors', run);
  await keepWeightsEvaluation(join(pristine, first('weights', /./)), {
    ...{ model: tinySpec.model, dataset: { id: tinySpec.dataset.id }, at: evaluation.at },
    figures: {
      ...{ checkpoint: null, split: 'test', loss: 1, accuracy: 1, top5: 1, n: 10 },
      ...{ classes: [], confusion: [], calibration: { error: 0.1, bins: [] } },
    },
  });
  await takeIn('csv', run, 'trace');
  await exportAs('bundle', run);
  leaveLog(join(pristine, 'runs', run));
  sound = await lookAt(pristine);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function exportAs(format: 'safetensors' | 'csv' | 'bundle', reference: string): Promise<string> {
  const path = join(out, `${format}.${format === 'bundle' ? 'zip' : format}`);
  await exportOne({
    ...{ library: await openLibrary(pristine), format, reference, out: path, checkpoint: undefined, force: true },
    ...{ app: 'test', folders: { resources: join(import.meta.dirname, '../../resources'), datasets: '' } },
  });
  return path;
}

async function importInto(
  target: string,
  path: string,
  as?: 'trace',
): Promise<Awaited<ReturnType<typeof importFiles>>> {
  const staging = join(target, '.import-0123456789ab');
  mkdirSync(staging);
  try {
    return await importFiles({
      ...{
        library: await openLibrary(target),
        staging,
        paths: [path],
        as,
        mapping: undefined,
        force: true,
        app: 'test',
      },
      progress: () => undefined,
    });
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function takeIn(format: 'safetensors' | 'csv', reference: string, as?: 'trace'): Promise<void> {
  const { refused } = await importInto(pristine, await exportAs(format, reference), as);
  expect(refused).toEqual([]);
}

/** The store as a killed writer leaves it: what it committed last is in the log beside it. */
function leaveLog(place: string): void {
  const path = join(place, 'metrics.sqlite');
  const writer = new MetricWriter(path);
  writer.append('train/loss', 21, 0.5);
  writer.flush();
  const files = [path, `${path}-wal`].map((file) => [file, readFileSync(file)] as const);
  writer.close();
  for (const [file, content] of files) writeFileSync(file, content);
}

/** What a lab on the library tells of the run that nothing happens to. */
async function lookAt(place: string): Promise<{ runs: string; curve: string }> {
  const { lab } = await openTestLab(place, { trains: 'nothing' });
  try {
    const runs = (await lab.handlers['runs.list'](null)).filter(({ id }) => id === other);
    const curve = await lab.handlers['metrics.read']({ runs: [other], series: ['train/loss'], points: 100 });
    for (const call of ['sweeps.list', 'traces.list', 'queue.read'] as const) await lab.handlers[call](null);
    await lab.handlers['checkpoints.list']({ run: other });
    await new WeightsStore(place).list();
    return {
      runs: JSON.stringify(runs),
      curve: JSON.stringify(curve.map(({ series }) => [...(series['train/loss']?.values ?? [])])),
    };
  } finally {
    await lab.close();
  }
}

const first = (place: string, pattern: RegExp): string => {
  const names = readdirSync(join(pristine, place)).filter((name) => pattern.test(name));
  return join(place, names[0] ?? 'nothing');
};

/**
 * hashed: no change of a byte escapes. parsed: what is missing does not escape, but a flipped bit within a name or a number
 * may give another valid file. cache: made anew by itself, or not relied on. lock: holds nothing.
 */
type Protection = 'hashed' | 'parsed' | 'cache' | 'lock';

/** Every kind, where it lies, and what guards it. */
const kinds: readonly (readonly [kind: string, path: () => string, protection: Protection])[] = [
  ['library.json', () => 'library.json', 'parsed'],
  ['a record', () => `runs/${run}/run.json`, 'parsed'],
  ['recorded points', () => `runs/${run}/metrics.sqlite`, 'parsed'],
  ['the log of recorded points', () => `runs/${run}/metrics.sqlite-wal`, 'cache'],
  ['a manifest of a checkpoint', () => first(`runs/${run}/checkpoints`, /^step-/), 'hashed'],
  ['a tensor of a checkpoint', () => first(`runs/${run}/checkpoints/objects`, /./), 'hashed'],
  ['evaluations', () => `runs/${run}/evaluations.json`, 'parsed'],
  ['a certificate', () => `runs/${run}/certificate.json`, 'parsed'],
  ['what a run has logged', () => `runs/${run}/log.txt`, 'cache'],
  ['a sweep', () => first('sweeps', /./), 'parsed'],
  ['the queue', () => 'queue.json', 'parsed'],
  ['the index', () => 'index.sqlite', 'cache'],
  ['the lock', () => 'host.sqlite', 'lock'],
  ['the record of imported weights', () => join(first('weights', /./), 'weights.json'), 'parsed'],
  ['imported weights', () => join(first('weights', /./), 'weights.safetensors'), 'hashed'],
  ['evaluations of imported weights', () => join(first('weights', /./), 'evaluations.json'), 'parsed'],
  ['the record of a trace', () => join(first('traces', /./), 'trace.json'), 'parsed'],
  ['the points of a trace', () => join(first('traces', /./), 'metrics.sqlite'), 'parsed'],
];

type Damage = readonly [what: string, content: Buffer];

function damagesOf(content: Buffer): Damage[] {
  const lengths = [0, 1, content.length >> 2, content.length >> 1, content.length - 1];
  const stream = RandomStream.named(1, 'damage');
  const flips = Array.from({ length: 4 }, () => stream.next() % (8 * Math.max(1, content.length)));
  return [
    ...[...new Set(lengths.filter((length) => length >= 0 && length < content.length))].map((length): Damage => [
      `cut to ${String(length)} of ${String(content.length)} bytes`,
      content.subarray(0, length),
    ]),
    ...flips.map((bit): Damage => {
      const flipped = content.length === 0 ? Buffer.from('garbage'.repeat(100)) : Buffer.from(content);
      if (content.length > 0) flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return [`bit ${String(bit)} flipped`, flipped];
    }),
  ];
}

function layOut(path: string, content: Buffer): void {
  rmSync(library, { recursive: true, force: true });
  cpSync(pristine, library, { recursive: true });
  writeFileSync(join(library, path), content);
}

/** Whether every point of a store is there all the same: those of its missing pages may all lie in the log beside it. */
function losesNothing(path: string, content: Buffer): boolean {
  if (!path.endsWith('metrics.sqlite')) return false;
  layOut(path, readFileSync(join(pristine, path)));
  const whole = readMetrics(join(library, path));
  layOut(path, content);
  const left = readMetrics(join(library, path));
  layOut(path, content);
  return isDeepStrictEqual(left, whole);
}

/** What is not as promised after one damage, in words. */
async function complaints(path: string, content: Buffer, mustBeNamed: boolean): Promise<string[]> {
  layOut(path, content);
  const problems: string[] = [];
  const before = await examine(library, { fix: false });
  const damaged = before.findings.filter(({ kind }) => kind === 'damaged');
  const strange = damaged.filter((finding) => !path.startsWith(finding.path) && !finding.message.includes(path));
  problems.push(...strange.map((finding) => `another thing is called damaged: ${finding.path}: ${finding.message}`));
  if (mustBeNamed && damaged.length === 0 && !losesNothing(path, content)) problems.push('doctor does not name it');
  const seen = await lookAt(library);
  if (seen.runs !== sound.runs || seen.curve !== sound.curve) problems.push('the rest is not as it was');
  const fixed = await examine(library, { fix: true });
  if (!fixed.sound) problems.push(`it is not repaired: ${JSON.stringify(fixed.findings)}`);
  const after = await examine(library, { fix: false });
  if (!after.sound) problems.push(`it is not sound after the repair: ${JSON.stringify(after.findings)}`);
  const again = await lookAt(library);
  if (again.runs !== sound.runs || again.curve !== sound.curve)
    problems.push('the rest is not as it was after the repair');
  return problems;
}

describe('damage', () => {
  it.each(kinds)(
    'of %s',
    async (_, place, protection) => {
      const path = place();
      const content = readFileSync(join(pristine, path));
      const problems: string[] = [];
      for (const [what, damaged] of damagesOf(content)) {
        // The last byte of a text is the end of its line.
        const isLoss = damaged.length < content.length && !content.subarray(damaged.length).equals(Buffer.from('\n'));
        const mustBeNamed =
          protection === 'hashed' ? isLoss || what.startsWith('bit') : protection === 'parsed' && isLoss;
        const wrong = await complaints(path, damaged, mustBeNamed).catch((error: unknown) => [
          `it stops everything: ${String(error)}`,
        ]);
        problems.push(...wrong.map((problem) => `${path} ${what}: ${problem}`));
      }
      expect(problems).toEqual([]);
    },
    120_000,
  );

  it('of a bundle: it is refused, and nothing of it stays', async () => {
    const content = readFileSync(join(out, 'bundle.zip'));
    const target = join(folder, 'target');
    await openLibrary(target, { create: true });
    const damaged = join(out, 'damaged.zip');
    for (const [what, bytes] of damagesOf(content)) {
      writeFileSync(damaged, bytes);
      const { imported, refused } = await importInto(target, damaged);
      // A bit of what a zip says beside its contents, such as a time.
      const isHarmless = imported.length === 1 && what.startsWith('bit');
      if (!isHarmless) expect(refused, what).toMatchObject([{ code: expect.stringMatching(/^import\//) as string }]);
      for (const { id } of imported) rmSync(join(target, 'runs', id), { recursive: true });
      expect(readdirSync(join(target, 'runs')), what).toEqual([]);
      expect(
        readdirSync(target).filter((name) => name.startsWith('.import')),
        what,
      ).toEqual([]);
    }
  }, 60_000);
});
