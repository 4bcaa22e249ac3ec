import { readFileSync } from 'node:fs';
import { hostname, cpus } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CommandLine } from '../../test/command-line.ts';
import { runDocument, shownRun } from '../contracts/command-documents.ts';
import type { ShownRun } from '../contracts/command-documents.ts';
import { firstStates } from '../engine/training/streams.ts';
import { identifySources } from '../lab/code-identity.ts';
import { CheckpointStore } from '../library/checkpoints/checkpoint-store.ts';

const commands = new CommandLine();
const folderOf = (run: string): string => join(commands.library, 'runs', run);
const stateOf = (run: string): Promise<string> => new CheckpointStore(folderOf(run)).stateHash(12);
let first: ShownRun;

async function train(...parameters: string[]): Promise<string> {
  const { runs } = await commands.json(runDocument, 'run', ...parameters);
  return runs[0]?.run ?? '';
}

beforeAll(async () => {
  const spec = commands.spec({
    ...{ method: 'gradient-norm', lambda: 0.1, batchSize: 40, microBatchSize: 10, steps: 12, executor: 'auto' },
  });
  first = await commands.json(shownRun, 'show', await train('--spec', spec, '--seeds', '5'));
});
afterAll(() => commands.dispose());

describe('the record of a run', () => {
  it('says what code, what machine and what executor has trained it, and from which streams', () => {
    const { provenance, resolved } = first;
    expect(provenance.streams).toEqual(firstStates(5));
    expect(provenance.dataHash).toMatch(/^[0-9a-f]{64}$/);
    expect(provenance.starts).toEqual([
      {
        app: provenance.app,
        // This checkout's, or null where the tests run from an unpacked archive.
        ...identifySources(join(import.meta.dirname, '../..')),
        at: expect.any(String) as string,
        step: 0,
        executor: resolved?.executor,
        device: resolved?.device,
        version: resolved?.version,
        threads: 1,
        machine: expect.objectContaining({
          host: hostname(),
          processor: cpus()[0]?.model.trim() ?? 'unknown',
          node: process.versions.node,
        }) as unknown,
      },
    ]);
    expect(first.history.map(({ event }) => event)).toEqual(['created', 'started', 'done']);
  });

  it('is shown in words, with its history', async () => {
    const { stdout } = await commands.run('show', first.run, '--library', commands.library);
    expect(stdout).toMatch(/\n {2}executor {2,}onnx, onnxruntime-node /);
    expect(stdout).toMatch(new RegExp(`\\n {2}host {2,}${hostname()}\\n`));
    expect(stdout).toMatch(/\n {2}engine {2,}[0-9a-f]{12}\n/);
    expect(stdout).toMatch(/\n {2}streams {2,}seed 5: order, augmentation, dropout, penalty, choice\n/);
    expect(stdout).toMatch(/\nhistory\n.* created\n.* started\n.* done at step 12\n$/);
  });
});

describe('run --spec run.json', () => {
  const runJson = (run: string): string => join(folderOf(run), 'run.json');

  it('trains the run again: the same bytes of its last state, and the record says whose', async () => {
    const again = await train('--spec', runJson(first.run));
    expect(await stateOf(again)).toBe(await stateOf(first.run));
    const shown = await commands.json(shownRun, 'show', again);
    expect(shown).toMatchObject({ specHash: first.specHash, repeats: { run: first.run, resolved: first.resolved } });
  });

  it('takes the executor that has trained it where the spec leaves it open', async () => {
    const elsewhere = await train('--spec', runJson(first.run), '--executor', 'tfjs-cpu');
    // As a machine would have written it on which `auto` comes to this one.
    const record = z.looseObject({}).parse(JSON.parse(readFileSync(runJson(elsewhere), 'utf8')));
    const file = commands.write('elsewhere.json', JSON.stringify({ ...record, spec: first.spec }));
    const again = await train('--spec', file);
    expect(await commands.json(shownRun, 'show', again)).toMatchObject({
      spec: { executor: 'auto' },
      resolved: { executor: 'tfjs-cpu' },
    });
    expect(await stateOf(again)).toBe(await stateOf(elsewhere));
  });

  it('says where the bytes cannot be the same', async () => {
    const parameters = ['--spec', runJson(first.run), '--executor', 'tfjs-cpu', '--library', commands.library];
    const { stderr, code } = await commands.run('run', ...parameters);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      new RegExp(`is not byte for byte run ${first.run}, which was trained on onnx onnxruntime-node`),
    );
  });

  it('refuses that of a fork, whose spec alone makes another run', async () => {
    const fork = {
      ...JSON.parse(readFileSync(runJson(first.run), 'utf8')),
      parent: { run: first.run, step: 4 },
    } as object;
    const file = commands.write('fork.json', JSON.stringify(fork));
    const { stderr, code } = await commands.run('run', '--spec', file, '--library', commands.library);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^spec\/of-fork: .*fork .* --at 4/);
  });
});
