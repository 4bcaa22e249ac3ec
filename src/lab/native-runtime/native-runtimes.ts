import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import { runtimeManifest, runtimeManifestFile } from '../../contracts/native-runtime.ts';
import type { RuntimeFlavour, RuntimeManifest, RuntimeReport } from '../../contracts/native-runtime.ts';
import type { RuntimeProbe } from '../../contracts/probe-protocol.ts';
import { parseOrThrow } from '../../contracts/parse.ts';
import { writeFileAtomically } from '../../library/atomic-file.ts';
import { addonFile, buildAddon } from './build-addon.ts';
import { completeLayout, headers, keptFiles } from './layout.ts';
import { pinnedWheels } from './pinned-wheels.ts';
import type { PinnedWheel } from './pinned-wheels.ts';
import type { ReportProgress } from './progress.ts';
import { unpackWheel } from './unpack-wheel.ts';
import { flavourAt, obtainWheels, prebuiltAddon } from './wheel-source.ts';
import type { FoundWheel, WheelSource } from './wheel-source.ts';

export interface NativeRuntimesOptions {
  /** Folder that holds one folder a runtime. */
  readonly folder: string;
  /** Loads and tries a runtime in another process. */
  readonly probe: (folder: string) => Promise<RuntimeProbe>;
  /** What a flavour is made of; the pinned wheels unless given. */
  readonly wheelsOf?: (flavour: RuntimeFlavour) => readonly [PinnedWheel, ...PinnedWheel[]];
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
  readonly #probe: (folder: string) => Promise<RuntimeProbe>;
  readonly #wheelsOf: (flavour: RuntimeFlavour) => readonly [PinnedWheel, ...PinnedWheel[]];

  constructor({ folder, probe, wheelsOf }: NativeRuntimesOptions) {
    this.#folder = folder;
    this.#probe = probe;
    this.#wheelsOf = wheelsOf ?? ((flavour) => pinnedWheels(platform, flavour));
  }

  /** Every installed runtime, or the one asked for, tried out now. Throws `runtime/unknown`. */
  async list(id?: string): Promise<RuntimeReport[]> {
    const reports: RuntimeReport[] = [];
    for (const manifest of id === undefined ? this.#installed() : [this.#manifest(id)]) {
      reports.push(await this.#report(manifest));
    }
    return reports;
  }

  /**
   * Fetches, checks, unpacks, builds, probes, publishes. A failed try keeps the wheels that pip has fetched, so that the
   * next one goes on from there. Throws `runtime/exists` and the reasons of each stage.
   */
  async install({ source, flavour }: InstallRequest, report: ReportProgress): Promise<RuntimeReport> {
    const chosen = flavour ?? (source.kind === 'path' ? flavourAt(source.path, this.#wheelsOf) : 'cpu');
    const wheels = this.#wheelsOf(chosen);
    const { version } = wheels[0];
    const id = `tensorflow-${version}-${chosen}`;
    const target = join(this.#folder, id);
    if (existsSync(target)) {
      throw new MicrobatchError({
        code: 'runtime/exists',
        message: `${id} is installed already`,
        remedy: `microbatch runtime probe ${id}, or remove it first`,
      });
    }
    this.#sweep();
    const downloads = join(this.#folder, '.downloads');
    const staging = join(this.#folder, `.staging-${String(process.pid)}`);
    mkdirSync(staging, { recursive: true });
    try {
      const found = await obtainWheels(source, wheels, downloads, report);
      await unpack(found, staging, report);
      const addon = await provideAddon(source, found[0], staging, report);
      report({ what: 'trying it out', fraction: undefined });
      await this.#probe(staging);
      const manifest: RuntimeManifest = {
        format: 1,
        id,
        version,
        flavour: chosen,
        platform,
        installed: new Date().toISOString(),
        addon,
        wheels: wheels.map(({ file, sha256 }) => ({ file, sha256 })),
      };
      await writeFileAtomically(join(staging, runtimeManifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
      renameSync(staging, target);
      rmSync(downloads, { recursive: true, force: true });
      return await this.#report(manifest);
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
  }

  /** Throws `runtime/unknown`. */
  remove(id: string): void {
    const { id: known } = this.#manifest(id);
    // Renamed first: a half-removed runtime must not look like one.
    const doomed = join(this.#folder, `.removed-${known}-${String(process.pid)}`);
    renameSync(join(this.#folder, known), doomed);
    rmSync(doomed, { recursive: true, force: true });
  }

  async #report({ id, version, flavour }: RuntimeManifest): Promise<RuntimeReport> {
    const folder = join(this.#folder, id);
    const known = { id, version, flavour, bytes: bytesOf(folder) };
    try {
      const { graphicsCard, words } = await this.#probe(folder);
      const lacking = flavour === 'cuda' && !graphicsCard;
      return { ...known, usable: true, reason: lacking ? `uses the processor, not a graphics card. ${words}` : null };
    } catch (error) {
      return { ...known, usable: false, reason: toErrorShape(error).message };
    }
  }

  #installed(): RuntimeManifest[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .filter((name) => !name.startsWith('.') && existsSync(join(this.#folder, name, runtimeManifestFile)))
      .toSorted()
      .map((name) => this.#manifest(name));
  }

  #manifest(id: string): RuntimeManifest {
    const file = join(this.#folder, id, runtimeManifestFile);
    if (id.startsWith('.') || !existsSync(file)) {
      throw new MicrobatchError({
        code: 'runtime/unknown',
        message: `there is no runtime ${id}`,
        expected:
          this.#installed()
            .map((installed) => installed.id)
            .join(', ') || 'none is installed',
      });
    }
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return { ...parseOrThrow(runtimeManifest, value, { code: 'runtime/bad-manifest', what: file }), id };
  }

  /** Removes what installations that were killed have left, but for the wheels that they fetched. */
  #sweep(): void {
    if (!existsSync(this.#folder)) return;
    for (const name of readdirSync(this.#folder)) {
      const owner = /^\.(?:staging|removed-.*)-(\d+)$/.exec(name)?.[1];
      if (owner !== undefined && !isAlive(Number(owner))) {
        rmSync(join(this.#folder, name), { recursive: true, force: true });
      }
    }
  }
}

const platform = `${process.platform}-${process.arch}`;

async function unpack(found: readonly FoundWheel[], folder: string, report: ReportProgress): Promise<void> {
  for (const { wheel, path } of found) {
    await unpackWheel(path, folder, keptFiles, (fraction) => report({ what: `unpacking ${wheel.file}`, fraction }));
  }
  completeLayout(folder);
}

/** The addon that was found beside the wheels, or one compiled here. */
async function provideAddon(
  source: WheelSource,
  tensorflow: FoundWheel | undefined,
  folder: string,
  report: ReportProgress,
): Promise<RuntimeManifest['addon']> {
  const prebuilt = prebuiltAddon(source);
  if (prebuilt !== undefined) {
    mkdirSync(dirname(join(folder, addonFile)), { recursive: true });
    copyFileSync(prebuilt, join(folder, addonFile));
    return 'prebuilt';
  }
  report({ what: 'compiling the addon', fraction: undefined });
  const include = join(folder, 'include');
  if (tensorflow !== undefined) await unpackWheel(tensorflow.path, folder, headers, () => undefined);
  await buildAddon(folder, include);
  rmSync(include, { recursive: true, force: true });
  return 'built';
}

function bytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce((sum, name) => {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    return stat?.isFile() === true ? sum + stat.size : sum;
  }, 0);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
