import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiCalls } from '../src/contracts/api.ts';
import type { ApiCalls, ApiHandlers, ApiName, ApiParameters } from '../src/contracts/api.ts';
import { answerCall, apiNames } from '../src/contracts/calls.ts';
import type { CallEffect } from '../src/contracts/call-entry.ts';
import { readingHandlers } from '../src/headless/reading-handlers.ts';
import type { Lab } from '../src/lab/lab.ts';
import { refuseChanges } from '../src/lab/read-only-library.ts';
import { hasEnded, openTestLab, startRun, tinySpec, untilRun } from './open-lab.ts';

/** What the table of calls says of each, against a real library. */
const library = mkdtempSync(join(tmpdir(), 'microbatch-effects-'));
let lab: Lab;
let run: string;
let weights: string;
beforeAll(async () => {
  ({ lab } = await openTestLab(library));
  run = await startRun(lab, { ...tinySpec, checkpoints: { every: 5, keepBest: true } });
  await untilRun(lab, run, hasEnded);
  const file = resolve(import.meta.dirname, 'files/zip.pth');
  const { imported } = await answerCall(lab.handlers, 'imports.run', { paths: [file] });
  weights = imported[0]?.id ?? '';
});
afterAll(async () => {
  await lab.close();
  rmSync(library, { recursive: true, force: true });
});

type Reading = { [N in ApiName]: ApiCalls[N]['effect'] extends 'reads' ? N : never }[ApiName];

const definition = { base: JSON.parse(JSON.stringify(tinySpec)) as Record<string, never>, axes: { seed: [7, 8] } };
/** A call that is added to the table as one that reads is asked for here, by its type. */
const askedFor = (): { readonly [N in Reading]: ApiParameters<N> } => ({
  ...{ 'host.information': null, 'application.versions': null, 'settings.read': null, 'presets.list': null },
  ...{ 'runs.list': null, 'runs.get': { run }, 'runs.log': { run }, 'runs.certificate': { run } },
  'runs.replay-stop': { runs: [run], rule: { plateau: { evaluations: 1, gain: 0.001 } } },
  ...{ 'checkpoints.list': { run }, 'queue.read': null, 'compare.summary': { runs: [run], metric: 'train/loss' } },
  ...{ 'runtimes.status': null, 'devices.known': null, 'metrics.read': { runs: [run], series: [], points: 100 } },
  'metrics.smooth': { run, series: 'train/loss', steps: [1, 2], weight: 0.5, logarithmic: false },
  ...{ 'sweeps.list': null, 'sweeps.preview': { definition, again: false } },
  ...{ 'datasets.list': null, 'datasets.catalogue': null, 'datasets.card': { dataset: 'fashion-mnist-small' } },
  ...{ 'traces.list': null, 'weights.list': null, 'evaluations.list': { run } },
  ...{ 'evaluations.read': { run, checkpoint: 20, split: 'test' }, 'weights.evaluations': { weights } },
});

const dryCalls: readonly (readonly [ApiName, (dryRun: boolean) => object])[] = [
  ['checkpoints.prune', (dryRun) => ({ run, rule: { every: 1000 }, dryRun })],
  ['checkpoints.prune-runs', (dryRun) => ({ runs: [run], rule: { every: 1000 }, dryRun })],
];
const namesOf = (...effects: CallEffect[]): ApiName[] =>
  apiNames.filter((name) => effects.some((effect) => apiCalls[name].effect === effect));

/** Every file of the library with its content. */
const content = (): unknown[] =>
  readdirSync(library, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => join(library, name))
    .map((path) => [path, statSync(path).isFile() && createHash('sha256').update(readFileSync(path)).digest('hex')]);

/** Handlers that only note what has reached them. */
function noting(): { handlers: ApiHandlers; reached: string[] } {
  const reached: string[] = [];
  const note = (name: ApiName) => [name, () => Promise.resolve(reached.push(name))];
  return { handlers: Object.fromEntries(apiNames.map(note)) as ApiHandlers, reached };
}

/** What each call is refused with; null where it reaches the handler. The parameters decide nothing but dry runs. */
async function refusals(handlers: ApiHandlers, names: readonly ApiName[], parameters: object): Promise<unknown[]> {
  const ask = async (name: ApiName): Promise<unknown> => {
    const handler = handlers[name] as (given: object) => Promise<unknown>;
    return handler(parameters).then(
      () => null,
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    );
  };
  return Promise.all(names.map(ask));
}

describe('a link for reading', () => {
  it('is answered every call that only reads, which leaves the library byte for byte as it is', async () => {
    expect(Object.keys(askedFor()).toSorted()).toEqual(namesOf('reads').toSorted());
    const before = content();
    const handlers = readingHandlers(lab.handlers);
    for (const [name, parameters] of Object.entries(askedFor())) {
      await expect(answerCall(handlers, name as ApiName, parameters), name).resolves.toBeDefined();
    }
    for (const [name, parameters] of dryCalls) {
      await expect(answerCall(handlers, name, parameters(true)), name).resolves.toMatchObject({
        bytesBefore: expect.any(Number) as number,
      });
    }
    expect(content()).toEqual(before);
  });

  it('reaches nothing that writes or acts on the host', async () => {
    const { handlers, reached } = noting();
    const names = [...namesOf('writes', 'acts'), ...dryCalls.map(([name]) => name)];
    expect(names.length + namesOf('reads').length).toBe(apiNames.length);
    const found = await refusals(readingHandlers(handlers), names, { dryRun: false });
    expect(new Set(found)).toEqual(new Set(['request/read-only']));
    expect(reached).toEqual([]);
  });
});

describe('a library that cannot be written', () => {
  it('refuses every call that writes before it begins, and no other', async () => {
    const { handlers, reached } = noting();
    const refused = refuseChanges(handlers, library);
    const writes = [...namesOf('writes'), ...dryCalls.map(([name]) => name)];
    expect(new Set(await refusals(refused, writes, { dryRun: false }))).toEqual(new Set(['library/read-only']));
    expect(reached).toEqual([]);
    const others = [...namesOf('reads', 'acts'), ...dryCalls.map(([name]) => name)];
    expect(new Set(await refusals(refused, others, { dryRun: true }))).toEqual(new Set([null]));
    expect(reached.toSorted()).toEqual(others.toSorted());
  });
});

describe('the table of calls', () => {
  it('calls nothing reading that has the name of a change', () => {
    const changing =
      /\.(create|write|remove|restore|start|pause|resume|stop|run|add|fork|open|rename|move|save|retry)$/;
    expect(namesOf('reads').filter((name) => changing.test(name))).toEqual([]);
  });
});
