import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { RunSpec } from '../../src/contracts/run-spec.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { examine } from '../../src/library/doctor/doctor.ts';
import { openLibrary } from '../../src/library/library.ts';
import { QueueFile } from '../../src/library/queue-file.ts';
import { textOf } from '../../src/library/record-file.ts';
import { SweepStore } from '../../src/library/sweep-store.ts';
import { hasEnded, openTestLab, startRun, untilRun } from '../open-lab.ts';
import type { FaultedWrite } from './fault-injector.ts';
import { FaultInjector } from './fault-injector.ts';
import { halfDone } from './walk.ts';

/** Longer than any run of these tests takes to be stopped. */
const endless = 100_000_000;

/** A folder whose writes can be made to fail, with a library of trained runs in it and a lab that trains nothing more. */
export class WalkedLibrary {
  readonly folder = mkdtempSync(join(tmpdir(), 'microbatch-faults-'));
  readonly library = join(this.folder, 'library');
  /** Where exported files go. */
  readonly out = join(this.folder, 'out');
  readonly #temporary = process.env['TMPDIR'];
  readonly #sound = new Set<string>();
  #lab: Lab | undefined;
  #injector: FaultInjector | undefined;

  /** Trains a run of each spec to its end and returns their ids; one that would take for ever is stopped early. */
  async open(specs: readonly RunSpec[]): Promise<string[]> {
    for (const path of ['out', 'scratch']) mkdirSync(join(this.folder, path));
    process.env['TMPDIR'] = join(this.folder, 'scratch');
    const { lab } = await openTestLab(this.library);
    const runs: string[] = [];
    for (const spec of specs) runs.push(await startRun(lab, spec));
    for (const [index, run] of runs.entries()) {
      if ((specs[index]?.steps ?? 0) < endless) continue;
      await untilRun(lab, run, ({ step }) => step > 10);
      await lab.handlers['runs.stop']({ run });
    }
    for (const run of runs) await untilRun(lab, run, hasEnded);
    await lab.close();
    for (const run of runs) cpSync(join(this.library, 'runs', run), this.pristine(run), { recursive: true });
    this.#lab = (await openTestLab(this.library, { trains: 'nothing' })).lab;
    this.#injector = new FaultInjector(this.folder);
    return runs;
  }

  async close(): Promise<void> {
    this.#injector?.remove();
    await this.#lab?.close();
    if (this.#temporary === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = this.#temporary;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Closes the host and opens another. */
  async reopen(): Promise<void> {
    await this.#lab?.close();
    this.#lab = (await openTestLab(this.library, { trains: 'nothing' })).lab;
  }

  get injector(): FaultInjector {
    return required(this.#injector);
  }

  get call(): Lab['handlers'] {
    return required(this.#lab).handlers;
  }

  /** A copy of a run's folder as training has left it. */
  pristine(run: string): string {
    return join(this.folder, 'pristine', run);
  }

  remove(...names: string[]): void {
    for (const name of names) rmSync(join(this.folder, name), { recursive: true, force: true });
  }

  /** Removes runs for good, so that they can be made again. */
  async purge(runs: readonly string[]): Promise<void> {
    for (const run of runs) await this.call['runs.remove']({ run });
    this.remove('library/trash');
  }

  /** What is half done and was not cleared up, unless clearing up is what failed. */
  leftovers(faulted?: FaultedWrite): string[] {
    const left = halfDone(this.folder);
    this.remove(...left);
    return faulted?.operation === 'rm' ? [] : left.map((path) => `${path} is left half done`);
  }

  /** What is wrong with the library as another host would find it, and with what this one believes of it. */
  async check(faulted?: FaultedWrite): Promise<string[]> {
    const opened = await openLibrary(this.library);
    const { records, damaged } = await opened.runs.list();
    const problems = damaged.map(({ error }) => error.message);
    const known = await this.call['runs.list'](null);
    const text = (list: typeof records): Map<string, string> => new Map(list.map((one) => [one.id, textOf(one)]));
    const [here, there] = [text(known), text(records)];
    for (const id of new Set([...here.keys(), ...there.keys()])) {
      if (here.get(id) !== there.get(id)) problems.push(`of run ${id} the host knows something else than the disk`);
    }
    const queued = records.filter(({ status }) => status === 'queued').map(({ id }) => id);
    const order = (await this.call['queue.read'](null)).entries.map(({ run }) => run);
    const waiting = order.toSorted().join();
    if (waiting !== queued.toSorted().join()) problems.push(`the queue holds ${waiting}, queued are ${queued.join()}`);
    problems.push(...(await new SweepStore(this.library).list()).damaged.map(({ message }) => message));
    await new QueueFile(this.library).read();
    return [...problems, ...(await this.diagnose(this.library)), ...this.leftovers(faulted)];
  }

  /** What doctor finds. It is not asked again about a library that is, file for file, as it was when it was sound. */
  async diagnose(library: string): Promise<string[]> {
    const state = stateOf(library);
    if (this.#sound.has(state)) return [];
    const { findings } = await examine(library, { fix: false });
    if (findings.length === 0) this.#sound.add(state);
    return findings.map(({ path, message }) => `doctor finds ${path}: ${message}`);
  }
}

/** Every file that doctor looks at: small ones by their content, others by what changes with every write of them. */
function stateOf(library: string): string {
  const files = readdirSync(library, { recursive: true, encoding: 'utf8' }).filter((name) => !/^index\./.test(name));
  const states = files.toSorted().map((name) => {
    const path = join(library, name);
    const stats = statSync(path);
    if (stats.isDirectory()) return [name];
    if (name.endsWith('.json') && stats.size < 65_536) return [name, readFileSync(path, 'utf8')];
    return [name, stats.ino, stats.size, stats.mtimeMs];
  });
  return JSON.stringify([library, states]);
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the library of this test is not open');
  return value;
}
