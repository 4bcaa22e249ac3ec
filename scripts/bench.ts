/** `npm run bench -- NAME [--json] [--python PATH]`: measures and compares with a peer; see bench/README.md. */
import process from 'node:process';
import { Command } from 'commander';
import { z } from 'zod';
import { benchData } from '../bench/data.ts';
import { benchEngine } from '../bench/engine.ts';
import type { BenchOptions } from '../bench/engine.ts';
import { benchIpc } from '../bench/ipc.ts';
import { benchLibrary } from '../bench/library.ts';
import { benchMetrics } from '../bench/metrics.ts';
import { formatReport } from '../bench/report.ts';
import type { BenchReport } from '../bench/report.ts';
import { benchStartup } from '../bench/startup.ts';

type Bench = (options: BenchOptions) => Promise<BenchReport>;

const benches: Readonly<Record<string, Bench>> = {
  engine: benchEngine,
  data: benchData,
  metrics: benchMetrics,
  library: benchLibrary,
  startup: benchStartup,
  ipc: benchIpc,
};
const planned = ['charts'];

const options = z.object({
  json: z.boolean().default(false),
  python: z.string().optional(),
  only: z.string().optional(),
});

const command = new Command('bench')
  .argument('<name>', `one of: ${Object.keys(benches).join(', ')}`)
  .option('--json', 'print one JSON document on stdout')
  .option('--python <path>', "a Python with torch, the engine's peer (also MICROBATCH_PYTHON)")
  .option('--only <text>', 'only cases whose name contains this')
  .action(async (name: string, given: unknown) => {
    const { json, python = process.env['MICROBATCH_PYTHON'], only } = options.parse(given);
    const bench = benches[name];
    if (bench === undefined) {
      const state = planned.includes(name) ? `bench ${name} is not built yet` : `there is no bench ${name}`;
      return command.error(`${state}; expected one of: ${Object.keys(benches).join(', ')}`);
    }
    const report = await bench({ python, only, say: (line) => console.error(line) });
    console.log(json ? JSON.stringify(report) : formatReport(report));
  });

await command.parseAsync();
