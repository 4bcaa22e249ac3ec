import { existsSync, mkdirSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import { runtimeFlavour, runtimeId, runtimeManifestFile } from '../../contracts/native-runtime.ts';
import type {
  InstalledRuntime,
  RuntimeFlavour,
  RuntimeManifest,
  RuntimeOffer,
  RuntimeReport,
} from '../../contracts/native-runtime.ts';
import type { RuntimeProbe } from '../../contracts/probe-protocol.ts';
import { writeProblem } from '../../contracts/write-problem.ts';
import { writeFileAtomically } from '../../library/atomic-file.ts';
import { takeInstallLock } from './install-lock.ts';
import { provideAddon, unpackRuntime } from './install-runtime.ts';
import { pinnedWheels } from './pinned-wheels.ts';
import type { PinnedWheel } from './pinned-wheels.ts';
import type { Follow } from './progress.ts';
import { emptyOldTrash, existsError, readRuntime, readRuntimes } from './stored-runtimes.ts';
import { removeRuntime, restorableRuntimes, restoreRuntime } from './stored-runtimes.ts';
import { bytesOfWheels, flavourAt, obtainWheels } from './wheel-source.ts';
import type { WheelSource } from './wheel-source.ts';

/** What a flavour is made of; TensorFlow itself comes first. */
export type WheelsOf = (flavour: RuntimeFlavour) => readonly [PinnedWheel, ...PinnedWheel[]];

export interface NativeRuntimesOptions {
  /** Folder that holds one folder a runtime. */
  readonly folder: string;
  /** Loads and tries a runtime in another process, which ends with the signal. */
  readonly probe: (folder: string, signal?: AbortSignal) => Promise<RuntimeProbe>;
  /** The pinned wheels unless given. */
  readonly wheelsOf?: WheelsOf;
}

export interface InstallRequest {
  readonly source: WheelSource;
  /** For pip `cpu` unless given; elsewhere what the wheels are. */
  readonly flavour?: RuntimeFlavour | undefined;
}

/**
 * Native TensorFlow runtimes of this user. A runtime appears under its id only when it is whole and has computed rightly;
 * what happens before lies in folders whose names begin with a dot.
 */
export class NativeRuntimes {
  readonly #folder: string;
  readonly #probe: NativeRuntimesOptions['probe'];
  readonly #wheelsOf: WheelsOf;

  constructor({ folder, probe, wheelsOf }: NativeRuntimesOptions) {
    this.#folder = folder;
    this.#probe = probe;
    this.#wheelsOf = wheelsOf ?? ((flavour) => pinnedWheels(platform, flavour));
  }

  /** What can be installed here. Throws `runtime/unknown-platform`. */
  offers(): RuntimeOffer[] {
    return runtimeFlavour.options.map((flavour) => {
      const wheels = this.#wheelsOf(flavour);
      return { flavour, version: wheels[0].version, bytes: bytesOfWheels(wheels) };
    });
  }

  /** Every installed runtime as it is told of on the disk. */
  installed(): Promise<InstalledRuntime[]> {
    return readRuntimes(this.#folder);
  }

  /** Ids of removed runtimes that can be brought back. */
  restorable(): Promise<string[]> {
    return restorableRuntimes(this.#folder);
  }

  /** Every installed runtime, or the one asked for, tried out now. Throws `runtime/unknown`. */
  async list(id?: string): Promise<RuntimeReport[]> {
    const reports: RuntimeReport[] = [];
    for (const runtime of id === undefined ? await this.installed() : [await readRuntime(this.#folder, id)]) {
      reports.push(await this.#tryOut(runtime));
    }
    return reports;
  }

  /**
   * Fetches, checks, unpacks, builds, probes, publishes. A failed try keeps the wheels that pip has fetched, so that the
   * next one goes on from there, and nothing else; so does one that is given up. Throws `runtime/exists`, `runtime/busy`,
   * `runtime/cancelled` and the reasons of each stage.
   */
  async install({ source, flavour }: InstallRequest, follow: Follow): Promise<RuntimeReport> {
    const chosen = flavour ?? (source.kind === 'path' ? flavourAt(source.path, this.#wheelsOf) : 'cpu');
    const [{ version }] = this.#wheelsOf(chosen);
    const id = runtimeId({ version, flavour: chosen });
    if (existsSync(join(this.#folder, id))) throw existsError(id);
    const release = takeInstallLock(this.#folder);
    const staging = join(this.#folder, '.staging');
    try {
      await this.#sweep();
      follow.signal?.throwIfAborted();
      mkdirSync(staging);
      return await this.#installInto(staging, { id, version, flavour: chosen }, source, follow);
    } catch (cause) {
      if (follow.signal?.aborted === true) throw cancelledError(id, cause);
      throw cause instanceof Error && 'syscall' in cause ? writeProblem('runtime', staging, cause) : cause;
    } finally {
      await rm(staging, { recursive: true, force: true }).catch(() => undefined);
      release();
    }
  }

  /** Moves a runtime to the trash for a week. Throws `runtime/unknown`. */
  async remove(id: string): Promise<void> {
    await emptyOldTrash(this.#folder);
    await removeRuntime(this.#folder, id);
  }

  /** Brings a removed runtime back. Throws `runtime/unknown`, `runtime/exists`. */
  restore(id: string): Promise<void> {
    return restoreRuntime(this.#folder, id);
  }

  async #installInto(
    staging: string,
    known: Pick<RuntimeManifest, 'id' | 'version' | 'flavour'>,
    source: WheelSource,
    follow: Follow,
  ): Promise<RuntimeReport> {
    const wheels = this.#wheelsOf(known.flavour);
    const downloads = join(this.#folder, '.downloads');
    const found = await obtainWheels(source, wheels, downloads, follow);
    await unpackRuntime(found, staging, follow);
    const addon = await provideAddon(source, found[0], staging, follow);
    follow.report({ stage: 'trying', what: 'trying it out', bytes: null });
    const probe = await this.#probe(staging, follow.signal);
    const manifest: RuntimeManifest = {
      format: 1,
      ...known,
      platform,
      installed: new Date().toISOString(),
      addon,
      wheels: wheels.map(({ file, sha256 }) => ({ file, sha256 })),
    };
    await writeFileAtomically(join(staging, runtimeManifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
    follow.signal?.throwIfAborted();
    await rename(staging, join(this.#folder, known.id));
    // It is installed: what cannot be cleared away now only takes space.
    await rm(downloads, { recursive: true, force: true }).catch(() => undefined);
    const { bytes } = await readRuntime(this.#folder, known.id);
    return usableReport({ ...known, bytes }, probe);
  }

  async #tryOut({ id, folder, bytes, manifest, problem }: InstalledRuntime): Promise<RuntimeReport> {
    const known = { id, bytes, version: manifest?.version ?? '', flavour: manifest?.flavour ?? flavourOfId(id) };
    try {
      if (problem !== null) throw new MicrobatchError(problem);
      return usableReport(known, await this.#probe(folder));
    } catch (error) {
      const { message, remedy = 'remove it and install it again' } = toErrorShape(error);
      return { ...known, usable: false, reason: message, remedy };
    }
  }

  /** Removes what installations that were killed have left, but for the wheels that they fetched. No other is under way. */
  async #sweep(): Promise<void> {
    await emptyOldTrash(this.#folder);
    for (const name of await readdir(this.#folder)) {
      if (!/^\.(?:staging|removed-)/.test(name)) continue;
      await rm(join(this.#folder, name), { recursive: true, force: true });
    }
  }
}

const platform = `${process.platform}-${process.arch}`;

type Known = Omit<RuntimeReport, 'usable' | 'reason' | 'remedy'>;

function usableReport(known: Known, { graphicsCard, words }: RuntimeProbe): RuntimeReport {
  if (known.flavour === 'cpu' || graphicsCard) return { ...known, usable: true, reason: null, remedy: null };
  const reason = `uses the processor, not a graphics card. ${words}`.trim();
  return {
    ...known,
    usable: true,
    reason,
    remedy: 'see to the driver of the card (nvidia-smi tells of it), then try again',
  };
}

/** Where no manifest tells it. */
const flavourOfId = (id: string): RuntimeFlavour => (id.endsWith('-cuda') ? 'cuda' : 'cpu');

function cancelledError(id: string, cause: unknown): MicrobatchError {
  return new MicrobatchError(
    {
      code: 'runtime/cancelled',
      message: `the installation of ${id} was given up`,
      remedy: 'start it again: wheels that pip has fetched whole are kept',
    },
    { cause },
  );
}
