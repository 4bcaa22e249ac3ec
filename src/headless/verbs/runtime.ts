import type { Command } from 'commander';
import { Option } from 'commander';
import { resolve } from 'node:path';
import type { RuntimeFlavour, RuntimeReport } from '../../contracts/native-runtime.ts';
import { NativeRuntimes } from '../../lab/native-runtime/native-runtimes.ts';
import { withPace } from '../../lab/native-runtime/progress.ts';
import type { TimedProgress } from '../../lab/native-runtime/progress.ts';
import { Probes } from '../../lab/probes.ts';
import { runtimesFolder } from '../../lab/user-folders.ts';
import { paths } from '../application.ts';
import { forkProcessHost } from '../fork-process-host.ts';
import { roughDuration } from '../format.ts';
import { interrupted } from '../interrupt.ts';
import { LiveLines } from '../live-lines.ts';
import { left, right, table } from '../table.ts';
import { print, printJson } from '../terminal.ts';
import { jsonOption } from '../usage.ts';

interface InstallOptions {
  readonly from: string;
  readonly flavour?: RuntimeFlavour;
  readonly indexUrl?: string;
  readonly json?: boolean;
}

export function addRuntime(program: Command): void {
  const runtime = program
    .command('runtime')
    .description('Native TensorFlow for the executor tfjs-node-gpu, kept in the data folder of the user.');
  runtime
    .command('list')
    .description('List the installed runtimes and try out each.')
    .addOption(jsonOption())
    .action(async ({ json }: { readonly json?: boolean }) => {
      show(await runtimes().list(), json);
    });
  runtime
    .command('probe')
    .description('Try out a runtime, or all, in a process of its own.')
    .argument('[id]', 'id of a runtime')
    .addOption(jsonOption())
    .action(async (id: string | undefined, { json }: { readonly json?: boolean }) => {
      show(await runtimes().list(id), json);
    });
  runtime
    .command('install')
    .description("Turn TensorFlow's pinned wheels into a runtime: fetch, check, unpack, build, try out.")
    .requiredOption(
      '--from <source>',
      'pip (its own settings decide where wheels come from), a wheel, or a folder of wheels',
    )
    .addOption(new Option('--flavour <flavour>', 'for pip: cpu unless given').choices(['cpu', 'cuda']))
    .option('--index-url <url>', "for pip: the index to use instead of that in pip's settings")
    .addOption(jsonOption())
    .action(install);
  runtime
    .command('remove')
    .description('Move a runtime to the trash, from which `runtime restore` brings it back for a week.')
    .argument('<id>', 'id of a runtime')
    .addOption(jsonOption())
    .action(async (id: string, { json }: { readonly json?: boolean }) => {
      await runtimes().remove(id);
      show(await runtimes().list(), json);
    });
  runtime
    .command('restore')
    .description('Bring a removed runtime back.')
    .argument('<id>', 'id of a removed runtime')
    .addOption(jsonOption())
    .action(async (id: string, { json }: { readonly json?: boolean }) => {
      await runtimes().restore(id);
      show(await runtimes().list(id), json);
    });
}

function runtimes(): NativeRuntimes {
  const probes = new Probes(forkProcessHost, paths.probe);
  return new NativeRuntimes({ folder: runtimesFolder(), probe: (folder, signal) => probes.runtime(folder, signal) });
}

async function install({ from, flavour, indexUrl, json }: InstallOptions): Promise<void> {
  const source =
    from === 'pip' ? ({ kind: 'pip', indexUrl } as const) : ({ kind: 'path', path: resolve(from) } as const);
  const lines = new LiveLines();
  const controller = new AbortController();
  const giveUp = (): void => controller.abort();
  // A second Ctrl-C cannot make it quicker: the first one kills what was started.
  const interrupt = interrupted(giveUp);
  void interrupt.first.then(giveUp);
  try {
    const follow = { report: withPace(progressLine(lines)), signal: controller.signal };
    const installed = await runtimes().install({ source, flavour }, follow);
    lines.clear();
    show([installed], json);
  } finally {
    lines.clear();
    interrupt.release();
  }
}

/** Progress on stderr: one line that is drawn again on a terminal, else one line a stage. */
function progressLine(lines: LiveLines): (progress: TimedProgress) => void {
  let stage = '';
  return ({ what, bytes, secondsLeft }) => {
    const share = bytes === null ? '' : `, ${((100 * bytes.done) / bytes.total).toFixed(0)} %`;
    const left = secondsLeft === null ? '' : `, ${roughDuration(secondsLeft)} left`;
    if (lines.isLive) lines.draw([`${what}${share}${left}`]);
    else if (what !== stage) lines.keep(what);
    stage = what;
  };
}

function show(reports: readonly RuntimeReport[], json: boolean | undefined): void {
  if (json === true) {
    printJson({ runtimes: reports });
    return;
  }
  if (reports.length === 0) {
    print('No runtime is installed. microbatch runtime install --from pip installs one.');
    return;
  }
  const columns = [left('runtime'), left('version'), left('flavour'), right('MB'), left('usable'), left('reason')];
  const rows = reports.map(({ id, version, flavour, bytes, usable, reason }) => [
    ...[id, version, flavour, (bytes / 1e6).toFixed(0), usable ? 'yes' : 'no', reason ?? ''],
  ]);
  for (const line of table(columns, rows)) print(line);
}
