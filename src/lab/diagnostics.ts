import { readFileSync } from 'node:fs';
import { arch, homedir, platform, release } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import type { HostInformation } from '../contracts/host-information.ts';
import { parseJson } from '../contracts/parse.ts';
import type { ApplicationBuild } from '../contracts/provenance.ts';
import type { Settings } from '../contracts/settings.ts';
import type { Versions } from '../contracts/versions.ts';

const executorPackages = /^(@tensorflow\/|onnxruntime-)/;
const manifest = z.looseObject({ dependencies: z.record(z.string(), z.string()).default({}) });

/** Versions of the application, whose package.json is in `root`, and of what it runs on. */
export function describeVersions(root: string, build: ApplicationBuild): Versions {
  const { dependencies } = manifest.parse(parseJson(readFileSync(join(root, 'package.json'), 'utf8')));
  // Under Electron there are its own among them; its types say that they always are.
  const own: Partial<NodeJS.ProcessVersions> = process.versions;
  return {
    ...build,
    node: process.versions.node,
    electron: own.electron ?? null,
    chromium: own.chrome ?? null,
    system: `${platform()} ${arch()} ${release()}`,
    packages: Object.entries(dependencies)
      .filter(([name]) => executorPackages.test(name))
      .map(([name, version]) => ({ name, version })),
  };
}

export interface DiagnosticsParts {
  readonly versions: Versions;
  readonly host: HostInformation;
  readonly settings: Settings;
  /** Runs by their status. */
  readonly runs: Readonly<Record<string, number>>;
  /** The end of the log of problems; empty where there is none. */
  readonly log: readonly string[];
}

/** A text for a report of what went wrong. It names no run, no token, and the user's folder only as `~`. */
export function diagnosticsText({ versions, host, settings, runs, log }: DiagnosticsParts): string {
  const { app, commit, engine, node, electron, chromium, system, packages } = versions;
  const { library, machine } = host;
  const lines = [
    `Microbatch ${app}, ${host.kind === 'desktop' ? 'desktop application' : 'web host'}`,
    `commit ${commit ?? 'unknown'}`,
    `engine ${engine ?? 'unknown'}`,
    `Node ${node}${electron === null ? '' : `, Electron ${electron}, Chromium ${chromium ?? 'unknown'}`}`,
    `${system}, ${String(machine.cores)} cores, ${gigabytes(machine.memoryBytes)} of memory`,
    ...packages.map(({ name, version }) => `${name} ${version}`),
    `library ${library.path}${library.readOnly ? ', read only' : ''}, ${gigabytes(library.bytes)}, ${gigabytes(library.freeBytes)} free`,
    `runs: ${Object.entries(runs)
      .map(([status, count]) => `${String(count)} ${status}`)
      .join(', ')}`,
    `settings ${JSON.stringify({ ...settings, updates: settings.updates === null ? null : 'named' })}`,
    ...(log.length === 0 ? [] : ['', 'The end of the log:', ...log]),
  ];
  return redacted(`${lines.join('\n')}\n`);
}

/** A text without the place of the user's folder, which is their name, and without tokens. */
export function redacted(text: string, home = homedir()): string {
  const withoutTokens = text.replaceAll(/(token[=:]\s*|microbatch_\d+=)[\w-]{8,}/gi, '$1…');
  return home.length > 1 ? withoutTokens.replaceAll(home, '~') : withoutTokens;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
