import { Command, CommanderError } from 'commander';
import { describeError, MicrobatchError, toErrorShape } from '../src/contracts/errors.ts';
import { openExecutor } from '../src/engine/executors/registry.ts';
import { runtimesFolder } from '../src/lab/user-folders.ts';
import { discoverCases, matchesPatterns } from './golden/discover.ts';
import { describeReport, runDiscovered, summarise, type CaseReport } from './golden/suite.ts';

/** Runs the golden cases under a folder and returns the exit status. */
async function runGolden(
  folder: string,
  { executor: name, filter, json }: { executor: string; filter: string; json?: boolean },
): Promise<number> {
  const cases = discoverCases(folder).filter((found) => matchesPatterns(found.name, filter));
  if (cases.length === 0) {
    throw new MicrobatchError({
      code: 'golden/no-case',
      message: `no case under ${folder} matches ${filter}`,
      expected: 'patterns such as cases/*.Vanilla',
    });
  }
  const executor = await openExecutor(name, { threads: 1, runtimes: runtimesFolder() });
  const print = json === true ? console.error : console.log;
  const reports: CaseReport[] = [];
  for (const found of cases) {
    const report = await runDiscovered(found, executor);
    print(describeReport(report));
    reports.push(report);
  }
  const summary = summarise(reports);
  print(`${String(summary.passed)} passed, ${String(summary.failed)} failed, ${String(summary.skipped)} skipped`);
  if (json === true) console.log(JSON.stringify({ ...summary, cases: reports }));
  return summary.failed > 0 ? 1 : 0;
}

const command = new Command('golden')
  .description('Compares the engine with golden cases: a line a case with its worst error as a share of the limit.')
  .argument('<dir>', 'folder with cases/, full/, data/, checkpoint/, misc.json')
  .option('--executor <name>', 'executor to run on', 'onnx')
  .option('--filter <patterns>', 'comma-separated names, * matches anything', '*')
  .option('--json', 'one JSON document on stdout')
  .exitOverride()
  .action(async (folder: string, options: { executor: string; filter: string; json?: boolean }) => {
    process.exitCode = await runGolden(folder, options);
  });

try {
  await command.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    console.error(describeError(toErrorShape(error)));
    process.exitCode = 1;
  }
}
