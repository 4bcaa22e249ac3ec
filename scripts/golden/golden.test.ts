import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openExecutor } from '../../src/engine/executors/registry.ts';
import { modelOf } from '../../src/engine/models/index.ts';
import { Checks } from './checks.ts';
import { discoverCases, matchesPatterns } from './discover.ts';
import { readFullCase } from './full-case.ts';
import { runDiscovered } from './suite.ts';

const folder = resolve(import.meta.dirname, '../../test/golden');
const script = resolve(import.meta.dirname, '../golden.ts');

describe('golden cases on the interpreter', () => {
  // Full-size networks are too slow there; the golden stage of `npm test` runs them on onnx.
  for (const found of discoverCases(folder).filter(({ name }) => !name.startsWith('full/'))) {
    it(`${found.name}: every figure and tensor lies within its limit`, async () => {
      const report = await runDiscovered(found, await openExecutor('tfjs-cpu', { threads: 1 }));
      expect(report).toMatchObject({ status: 'passed', executor: 'tfjs-cpu' });
      // Float32 rounding is far below the limits: a worst error near one would be a mistake, and none at all a check that compares nothing.
      expect(report.worst).toBeLessThan(0.2);
      if (!found.name.startsWith('misc/')) expect(report.worst).toBeGreaterThan(0);
      expect(report.quantity).not.toBe('nothing compared');
    });
  }
});

describe('the full-size golden network', () => {
  it('is the ResNet-18 of the application, layer by layer', () => {
    const golden = readFullCase(resolve(folder, 'full/resnet18-c10.json'));
    const model = modelOf({ kind: 'resnet18', width: 64 }, { inputShape: [3, 32, 32], classes: 10 });
    expect(model.layers).toEqual(golden.model.layers);
  });
});

describe('Checks', () => {
  it('remembers the comparison nearest to its limit, and takes NaN for a failure', () => {
    const checks = new Checks();
    checks.figure('loss', 1.00001, 1);
    checks.absolute('logits', [1, 2], [1, 2.00005], 1e-4);
    expect(checks.worst.quantity).toBe('logits');
    expect(checks.worst.share).toBeCloseTo(0.5, 6);
    checks.relativeNorm(
      'gradient',
      [
        [
          [3, 4],
          [3, 4.5],
        ],
      ],
      1e-4,
    );
    expect(checks.worst.share).toBeGreaterThan(1);
    checks.figure('broken', Number.NaN, 1);
    expect(checks.worst).toEqual({ share: Number.POSITIVE_INFINITY, quantity: 'broken' });
  });

  it('fails tensors of different lengths', () => {
    const checks = new Checks();
    checks.relativeNorm('gradient', [[[1], [1, 2]]], 1e-4);
    expect(checks.worst.share).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('patterns', () => {
  it('match whole names, * anything', () => {
    expect(matchesPatterns('cases/vgg.RegLoss', 'cases/*.Vanilla,cases/*.RegLoss')).toBe(true);
    expect(matchesPatterns('cases/vgg.RegLossFD-central', 'cases/*.RegLoss')).toBe(false);
    expect(matchesPatterns('cases/vggbn.RegLoss', 'cases/vgg.*')).toBe(false);
  });
});

describe('npm run golden', () => {
  const golden = (...flags: string[]) => spawnSync(process.execPath, [script, ...flags], { encoding: 'utf8' });

  it('prints one JSON document with --json and exits 0', () => {
    const { status, stdout, stderr } = golden(
      folder,
      '--executor',
      'tfjs-cpu',
      '--filter',
      'cases/linear.Pseudo*,cases/linear.RegLoss,full/*',
      '--json',
    );
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      passed: 2,
      failed: 0,
      skipped: 1,
      cases: [
        { case: 'cases/linear.PseudoGD', executor: 'tfjs-cpu', status: 'passed' },
        { case: 'cases/linear.RegLoss', executor: 'tfjs-cpu', status: 'passed' },
        { case: 'full/resnet18-c10', executor: 'tfjs-cpu', status: 'skipped' },
      ],
    });
    expect(stderr).toContain('2 passed, 0 failed, 1 skipped');
  });

  it('exits 2 on wrong usage and 1 with one clear line on a folder, filter or executor that does not exist', () => {
    expect(golden().status).toBe(2);
    for (const [flags, code] of [
      [['/nonexistent'], 'golden/no-folder'],
      [[folder, '--filter', 'nothing'], 'golden/no-case'],
      [[folder, '--executor', 'abacus'], 'executor/unknown'],
    ] as const) {
      const { status, stdout, stderr } = golden(...flags);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).toContain(code);
    }
  });
});
