import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointEntry, CheckpointLabel, CheckpointList } from '../../contracts/checkpoints.ts';
import { MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import type { ErrorShape } from '../../contracts/errors.ts';
import type { TrainingState } from '../../engine/training/state.ts';
import { replaceFile, syncFolder } from '../atomic-file.ts';
import { requireOwn } from '../folder-entries.ts';
import { writeError } from '../write-error.ts';
import { damagedCheckpoint, unknownStep } from './errors.ts';
import { hashOf, manifestText, parseManifest, tensorsOf } from './manifest.ts';
import type { ManifestContent, StoredTensor } from './manifest.ts';
import { makeFolder, TensorObjects } from './tensor-objects.ts';
import type { WriteFile } from './tensor-objects.ts';

export type CheckpointSelector = 'best' | 'last' | number;

/** What is said of a state beside itself. */
export type CheckpointContext = Pick<ManifestContent, 'reasons' | 'seconds' | 'validation' | 'best' | 'execution'>;

/** A whole checkpoint in memory. */
export interface LoadedCheckpoint extends CheckpointContext {
  readonly step: number;
  readonly state: TrainingState;
}

interface Survey {
  /** By step, ascending. */
  readonly manifests: readonly ManifestContent[];
  readonly damaged: readonly ErrorShape[];
}

interface KnownManifest {
  /** Place, size and times of the file that it was read from. */
  readonly version: string;
  readonly content: ManifestContent;
}

const manifestName = /^step-(\d{9})\.json$/;
const largestManifest = 16_000_000;

/**
 * The checkpoints of a run: `checkpoints/` in its folder. Tensors are objects named by their SHA-256, shared between
 * checkpoints; a manifest a step, with its own SHA-256, is written last, so that a checkpoint is there wholly or not at
 * all, whenever its writer dies. One writer at a time; readers need no lock.
 */
export class CheckpointStore {
  readonly #folder: string;
  readonly #objects: TensorObjects;
  readonly #write: WriteFile;
  /** Manifests as they were read, by path: a run with thousands of checkpoints must not parse them all at each save. */
  readonly #known = new Map<string, KnownManifest>();

  /** `write` replaces the writing of files in tests. */
  constructor(runFolder: string, write: WriteFile = replaceFile) {
    this.#folder = join(runFolder, 'checkpoints');
    this.#objects = new TensorObjects(join(this.#folder, 'objects'), write);
    this.#write = write;
  }

  /** Every checkpoint whose manifest is sound, by step. */
  async list(): Promise<CheckpointEntry[]> {
    return (await this.survey()).checkpoints;
  }

  /** The same with what is wrong with the others. Tensors are not read. */
  async survey(): Promise<CheckpointList> {
    const { manifests, damaged } = await this.#survey();
    return {
      checkpoints: manifests.map((manifest) => ({
        step: manifest.step,
        labels: labelsOf(manifest, manifests),
        bytes: bytesOf(tensorsOf(manifest)),
        savedAt: manifest.savedAt,
        validation: manifest.validation,
      })),
      damaged: [...damaged],
    };
  }

  /** Tells what checkpoints take on disk together, bytes: tensors that they share are counted once. */
  async sizes(): Promise<(steps: readonly number[]) => number> {
    const { manifests } = await this.#survey();
    return (steps) => bytesOf(manifests.filter(({ step }) => steps.includes(step)).flatMap(tensorsOf));
  }

  /** The training state of a checkpoint. Throws `checkpoint/none`, `checkpoint/unknown-step`, `checkpoint/damaged`. */
  async read(selector: CheckpointSelector): Promise<TrainingState> {
    return (await this.load(selector)).state;
  }

  /** The same with what was said of it. */
  async load(selector: CheckpointSelector): Promise<LoadedCheckpoint> {
    const survey = await this.#survey();
    return this.#load(await this.#select(selector, survey));
  }

  /** The newest checkpoint, at most of step `upTo`, that is undamaged, and what was wrong with newer ones. */
  async loadNewest(
    upTo = Number.POSITIVE_INFINITY,
  ): Promise<{ checkpoint: LoadedCheckpoint | null; damaged: ErrorShape[] }> {
    const { manifests, damaged: unreadable } = await this.#survey();
    const damaged = [...unreadable];
    for (const manifest of manifests.filter(({ step }) => step <= upTo).toReversed()) {
      try {
        return { checkpoint: await this.#load(manifest), damaged };
      } catch (error) {
        damaged.push(toErrorShape(error));
      }
    }
    return { checkpoint: null, damaged };
  }

  /** SHA-256 over the whole training state of a checkpoint, its tensors by their hashes. Throws as `read` does. */
  async stateHash(step: number): Promise<string> {
    return hashOf((await this.#select(step, await this.#survey())).state);
  }

  /**
   * Writes a state; durable on return. One of the same step is replaced, and keeps the reasons that it had. Throws
   * `library/...` where the disk refuses; what was there before stays as it was.
   */
  async write(state: TrainingState, context: CheckpointContext): Promise<void> {
    const { step } = state.counters;
    const path = this.#path(step);
    try {
      this.#requireOwn();
      await makeFolder(this.#folder);
      const before = await this.#readManifest(path).catch(() => null);
      const stored = {
        ...state,
        parameters: await this.#objects.put(state.parameters),
        buffers: await this.#objects.put(state.buffers),
      };
      const reasons = [...new Set([...(before?.reasons ?? []), ...context.reasons])];
      const savedAt = new Date().toISOString();
      await this.#write(path, manifestText({ schema: 1, step, savedAt, ...context, reasons, state: stored }));
      await syncFolder(this.#folder);
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  /** Removes checkpoints and the tensors that no other one has. Throws `checkpoint/unknown-step`. */
  async remove(steps: readonly number[]): Promise<void> {
    this.#requireOwn();
    const present = new Set(await this.#steps());
    const unknown = steps.find((step) => !present.has(step));
    if (unknown !== undefined) throw unknownStep(unknown, [...present]);
    try {
      for (const step of steps) {
        await rm(this.#path(step));
        this.#known.delete(this.#path(step));
      }
      if (steps.length > 0) await syncFolder(this.#folder);
      await this.collect();
    } catch (cause) {
      throw writeError(this.#folder, cause);
    }
  }

  /**
   * Removes what the rule of a running run does not keep: it keeps what is on the schedule, the last and, as a way back,
   * the one before it, and for either the best so far.
   */
  async thin(): Promise<void> {
    const { manifests } = await this.#survey();
    const rolling = manifests.slice(-2);
    const bests = rolling.map(({ step }) =>
      manifests.findLast((manifest) => manifest.step <= step && manifest.reasons.includes('best')),
    );
    const kept = new Set([...rolling, ...bests, ...manifests.filter(({ reasons }) => reasons.includes('scheduled'))]);
    const gone = manifests.filter((manifest) => !kept.has(manifest)).map(({ step }) => step);
    if (gone.length > 0) await this.remove(gone);
  }

  /** Removes every checkpoint beyond a step, also damaged ones: a run that goes on from there saves them again. */
  async removeAfter(step: number): Promise<void> {
    await this.remove((await this.#steps()).filter((later) => later > step));
  }

  /** Removes what no checkpoint needs and what a killed writer left. For the one writer. */
  async collect(): Promise<void> {
    this.#requireOwn();
    for (const name of await readdir(this.#folder).catch(() => [])) {
      if (/^step-\d+\.json\.[0-9a-f]+\.tmp$/.test(name)) await rm(join(this.#folder, name), { force: true });
    }
    const { manifests, damaged } = await this.#survey();
    // What a damaged manifest names is not known: its tensors may still be wanted, with the manifest from a copy.
    if (damaged.length === 0) await this.#objects.keepOnly(manifests.flatMap(tensorsOf));
  }

  /** Throws `library/linked`. */
  #requireOwn(): void {
    requireOwn(this.#folder, join(this.#folder, 'objects'));
  }

  async #survey(): Promise<Survey> {
    const manifests: ManifestContent[] = [];
    const damaged: ErrorShape[] = [];
    for (const step of await this.#steps()) {
      try {
        manifests.push(await this.#readManifest(this.#path(step)));
      } catch (error) {
        damaged.push(toErrorShape(error));
      }
    }
    return { manifests, damaged };
  }

  async #steps(): Promise<number[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const steps = names.flatMap((name) => {
      const digits = manifestName.exec(name)?.[1];
      return digits === undefined ? [] : [Number(digits)];
    });
    return steps.toSorted((left, right) => left - right);
  }

  async #select(selector: CheckpointSelector, { manifests, damaged }: Survey): Promise<ManifestContent> {
    if (typeof selector === 'number') {
      const found = manifests.find(({ step }) => step === selector);
      if (found !== undefined) return found;
      const steps = await this.#steps();
      if (steps.length === 0) throw this.#none();
      // Its own error where it is there and damaged.
      if (steps.includes(selector)) return this.#readManifest(this.#path(selector));
      throw unknownStep(selector, steps);
    }
    const found = manifests.findLast((manifest) => labelsOf(manifest, manifests).includes(selector));
    if (found !== undefined) return found;
    const [first] = damaged;
    if (first !== undefined) throw new MicrobatchError(first);
    throw this.#none(manifests.length > 0 ? `the run has no ${selector} checkpoint` : undefined);
  }

  async #readManifest(path: string): Promise<ManifestContent> {
    const found = await lstat(path);
    if (!found.isFile()) throw damagedCheckpoint(path, 'it is no plain file', 'a checkpoint manifest');
    if (found.size > largestManifest) {
      throw damagedCheckpoint(path, `it has ${String(found.size)} bytes`, `at most ${String(largestManifest)}`);
    }
    const version = [found.ino, found.size, found.mtimeMs, found.ctimeMs].join();
    const known = this.#known.get(path);
    if (known?.version === version) return known.content;
    const content = parseManifest(await readFile(path, 'utf8'), path);
    if (path !== this.#path(content.step) || content.step !== content.state.counters.step) {
      throw damagedCheckpoint(path, `it is the manifest of step ${String(content.step)}`, 'the step in its name');
    }
    this.#known.set(path, { version, content });
    return content;
  }

  async #load({
    state,
    step,
    reasons,
    seconds,
    validation,
    best,
    execution,
  }: ManifestContent): Promise<LoadedCheckpoint> {
    const tensors = async (stored: Readonly<Record<string, StoredTensor>>): Promise<Record<string, Float32Array>> => {
      const read: Record<string, Float32Array> = {};
      for (const [name, tensor] of Object.entries(stored)) read[name] = await this.#objects.get(tensor);
      return read;
    };
    const whole = { ...state, parameters: await tensors(state.parameters), buffers: await tensors(state.buffers) };
    return { step, reasons, seconds, validation, best, execution, state: whole };
  }

  #path(step: number): string {
    return join(this.#folder, `step-${String(step).padStart(9, '0')}.json`);
  }

  #none(message = 'the run has no checkpoint'): MicrobatchError {
    return new MicrobatchError({
      code: 'checkpoint/none',
      message: `${message} in ${this.#folder}`,
      expected: 'a run that has saved one',
      remedy: 'train it further: every run saves one when it ends, pauses or stops',
    });
  }
}

/** Best: the newest that was written as the best so far. Last: the newest of all. */
function labelsOf(manifest: ManifestContent, all: readonly ManifestContent[]): CheckpointLabel[] {
  const best = all.findLast(({ reasons }) => reasons.includes('best'));
  const labels: CheckpointLabel[] = [];
  if (manifest === best) labels.push('best');
  if (manifest === all.at(-1)) labels.push('last');
  if (manifest.reasons.includes('scheduled')) labels.push('scheduled');
  return labels;
}

function bytesOf(tensors: readonly StoredTensor[]): number {
  const distinct = new Map(tensors.map(({ sha256, length }) => [sha256, 4 * length]));
  return [...distinct.values()].reduce((sum, bytes) => sum + bytes, 0);
}
