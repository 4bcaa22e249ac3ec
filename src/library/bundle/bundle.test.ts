import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { record, useBundles } from '../../../test/bundle-library.ts';
import type { EvaluationFigures, KeptEvaluation } from '../../contracts/evaluations.ts';
import { CheckpointStore } from '../checkpoints/checkpoint-store.ts';
import { keepEvaluation, readEvaluations, readFigures } from '../evaluations-file.ts';
import { readMetrics } from '../metric-reader.ts';
import { readSummary } from '../metric-summary.ts';
import { writeBundle } from './write-bundle.ts';

const bundles = useBundles();

const evaluation = (checkpoint: number): KeptEvaluation => ({
  ...{ checkpoint, split: 'validation', at: '2026-11-25T10:00:00.000Z' },
  ...{ loss: 1, accuracy: 0.5, top5: 0.9, n: 4, calibrationError: 0.1 },
});
const figures = (checkpoint: number): EvaluationFigures => ({
  ...{ checkpoint, split: 'validation', loss: 1, accuracy: 0.5, top5: 0.9, n: 4 },
  classes: [{ name: 'boat', n: 4, correct: 2 }],
  confusion: [[2, 2]],
  calibration: { error: 0.1, bins: [{ n: 4, confidence: 0.6, accuracy: 0.5 }] },
});

describe('the outline of the points', () => {
  it('comes with them, with its means', async () => {
    await bundles.write();
    await bundles.importBundle();
    const summaries = [bundles.there, bundles.here].map(({ runs }) =>
      readSummary(runs.metricsFile(record.id), { names: [], buckets: 1 }),
    );
    expect(summaries[1]).toEqual(summaries[0]);
    expect(summaries[1]?.[0]?.counts).toEqual(Float64Array.of(98, 1));
    const database = new DatabaseSync(bundles.here.runs.metricsFile(record.id), { readOnly: true });
    expect(database.prepare('SELECT block, count FROM means').all()).toEqual([{ block: 0, count: 99 }]);
    database.close();
  });
});

describe('a bundle', () => {
  it('brings a run whole into another library', async () => {
    await bundles.write();
    const report = await bundles.importBundle();
    expect(report).toMatchObject({ refused: [], imported: [{ kind: 'run', id: record.id, points: 100, notes: [] }] });
    const copy = await bundles.here.runs.get(record.id);
    expect({ ...copy, history: [] }).toEqual({ ...record, history: [] });
    expect(readMetrics(bundles.here.runs.metricsFile(record.id))).toEqual(
      readMetrics(bundles.there.runs.metricsFile(record.id)),
    );
    const [one, other] = [bundles.here, bundles.there].map(({ runs }) => new CheckpointStore(runs.folder(record.id)));
    for (const step of [50, 100]) expect(await one?.stateHash(step)).toBe(await other?.stateHash(step));
    expect(await one?.load('last')).toEqual(await other?.load('last'));
  });

  it('has the same bytes when it is written again, and replaces no file', async () => {
    const { sha256 } = await bundles.write();
    expect((await bundles.write(join(bundles.folder, 'again.zip'))).sha256).toBe(sha256);
    expect(createHash('sha256').update(readFileSync(bundles.file)).digest('hex')).toBe(sha256);
    await expect(bundles.write()).rejects.toMatchObject({ code: 'export/exists' });
  });

  it('of a run that is there already is refused, and with force becomes another run', async () => {
    await bundles.write();
    await bundles.importBundle();
    expect((await bundles.importBundle()).refused).toMatchObject([{ code: 'import/already-there' }]);
    const { imported } = await bundles.importBundle(true);
    expect(imported[0]?.id).not.toBe(record.id);
    expect((await bundles.here.runs.list()).records).toHaveLength(2);
  });

  it('gets a new id where another run has its own', async () => {
    await bundles.write();
    await bundles.here.runs.create({ ...record, createdAt: '2025-01-01T00:00:00.000Z' });
    const { imported } = await bundles.importBundle();
    expect(imported[0]?.notes[0]).toContain(`there is another run ${record.id}`);
    expect((await bundles.here.runs.get(String(imported[0]?.id))).createdAt).toBe(record.createdAt);
  });

  it('brings the evaluations of the run, with all their figures', async () => {
    const kept = evaluation(100);
    await keepEvaluation(bundles.there.runs.folder(record.id), kept, figures(100));
    await bundles.write();
    expect((await bundles.importBundle()).refused).toEqual([]);
    expect(await readEvaluations(bundles.here.runs.folder(record.id))).toEqual([kept]);
    expect(await readFigures(bundles.here.runs.folder(record.id), kept)).toEqual(figures(100));
  });

  it('is not made of a run whose evaluations are damaged', async () => {
    writeFileSync(join(bundles.there.runs.folder(record.id), 'evaluations.json'), '{"schema": 1');
    await expect(bundles.write()).rejects.toMatchObject({ code: 'evaluate/damaged' });
  });

  it('is not made of a run that trains', async () => {
    const running = { ...record, status: 'running' as const, process: { pid: 1, host: 'here' } };
    const wrong = writeBundle({ record: running, runFolder: bundles.folder, out: bundles.file, force: false, app: '' });
    await expect(wrong).rejects.toMatchObject({ code: 'export/run-not-idle' });
  });
});
