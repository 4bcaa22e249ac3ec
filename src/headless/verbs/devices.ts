import type { Command } from 'commander';
import { Devices } from '../../lab/devices.ts';
import { Probes } from '../../lab/probes.ts';
import { paths } from '../application.ts';
import { forkProcessHost } from '../fork-process-host.ts';
import { left, right, table } from '../table.ts';
import { print, printJson } from '../terminal.ts';
import { jsonOption } from '../usage.ts';

export function addDevices(program: Command): void {
  program
    .command('devices')
    .description('Try out every executor in a process of its own; say why one cannot be used, and what to do.')
    .addOption(jsonOption())
    .action(devices);
}

async function devices({ json }: { readonly json?: boolean }): Promise<void> {
  const report = await new Devices(new Probes(forkProcessHost, paths.probe)).probe();
  if (json) {
    printJson(report);
    return;
  }
  const { executors, memory, graphicsCards } = report;
  const columns = [left('executor'), left('usable'), right('GFLOP/s'), left('device, or why not')];
  const rows = executors.map(({ name, usable, gflops, device, reason }) => [
    name,
    usable ? 'yes' : 'no',
    gflops === null ? '–' : gflops.toFixed(1),
    device ?? reason ?? '',
  ]);
  for (const line of table(columns, rows)) print(line);
  print('');
  for (const { name, remedy } of executors) if (remedy !== null) print(`To use ${name}: ${remedy}`);
  print(`Memory: ${gigabytes(memory.freeBytes)} free of ${gigabytes(memory.bytes)}`);
  for (const { name, memoryBytes, freeBytes } of graphicsCards ?? []) {
    const [free, all] = [freeBytes, memoryBytes].map((bytes) => (bytes === null ? 'unknown' : gigabytes(bytes)));
    print(`${name}: ${String(free)} free of ${String(all)}`);
  }
  print('auto takes the first usable one; GFLOP/s is the speed of a small convolution on one thread.');
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
