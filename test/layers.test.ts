import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const root = resolve(import.meta.dirname, '..');
const cruiser = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');

const report = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

/** A house with one break-in for every rule: the check must report each of them and nothing else. */
const sources: Readonly<Record<string, string>> = {
  'src/contracts/shape.ts': 'export const shape = 1;',
  'src/statistics/mean.ts': "import { shape } from '../contracts/shape.ts';\nexport const mean = shape;",
  'src/engine/step.ts': [
    "import type { Tensor } from '@tensorflow/tfjs-core';",
    "import { readFileSync } from 'node:fs';",
    "import { shape } from '../contracts/shape.ts';",
    'export type Step = Tensor;',
    'export const step = [readFileSync, shape];',
  ].join('\n'),
  'src/engine/executors/run.ts': "import { readFileSync } from 'node:fs';\nexport const run = readFileSync;",
  'src/lab/queue.ts': [
    "import { app } from 'electron';",
    "import { step } from '../engine/step.ts';",
    "import { mean } from '../statistics/mean.ts';",
    'export const queue = [app, step, mean];',
  ].join('\n'),
  'src/main/index.ts': "import { app } from 'electron';\nimport { ref } from 'vue';\nexport default [app, ref];",
  'src/renderer/App.vue': [
    '<script setup lang="ts">',
    "import { queue } from '../lab/queue.ts';",
    "import { missing } from './missing.ts';",
    'const list = [queue, missing];',
    '</script>',
    '<template><p>{{ list }}</p></template>',
  ].join('\n'),
  'src/data/first.ts': "import { second } from './second.ts';\nexport const first = () => second;",
  'src/data/second.ts': "import { first } from './first.ts';\nexport const second = () => first;",
  'src/attic/box.ts': "import { shape } from '../contracts/shape.ts';\nexport const box = shape;",
};

describe('the check of the import layers', () => {
  let house: string;
  beforeAll(() => {
    house = mkdtempSync(join(tmpdir(), 'layers-'));
    for (const [file, text] of Object.entries(sources)) {
      mkdirSync(dirname(join(house, file)), { recursive: true });
      writeFileSync(join(house, file), text);
    }
    for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
      cpSync(join(root, file), join(house, file));
    }
    symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
  });
  afterAll(() => rmSync(house, { recursive: true }));

  it('reports each forbidden import and no allowed one', async () => {
    const output = await new Promise<string>((settle) => {
      const parameters = ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
      execFile(process.execPath, [cruiser, ...parameters], { cwd: house }, (_e, text) => settle(text));
    });
    const { violations } = report.parse(JSON.parse(output)).summary;
    const found = violations.map(({ rule, from }) => `${rule.name}: ${from}`);
    expect([...new Set(found)].sort()).toEqual([
      'electron-only-at-the-edge: src/lab/queue.ts',
      'layer-lab: src/lab/queue.ts',
      'layer-renderer: src/renderer/App.vue',
      'layer-statistics: src/statistics/mean.ts',
      'no-cycles: src/data/first.ts',
      'no-development-package-in-node-code: src/main/index.ts',
      'pure-rooms-without-node: src/engine/step.ts',
      'resolvable: src/renderer/App.vue',
      'room-without-rule: src/attic/box.ts',
      'tensor-libraries-only-in-executors: src/engine/step.ts',
    ]);
  });
});
