/**
 * `npm test`: everything that can be tested on one machine, cheapest first. Every stage is an npm script of its own,
 * so a stage that fails can be run again alone. Stops at the first failure with that stage's whole output.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';

interface Stage {
  readonly title: string;
  /** Script of package.json. */
  readonly script: string;
}

const stages: readonly Stage[] = [
  { title: 'import layers', script: 'check:layers' },
  { title: 'lint', script: 'check:lint' },
  { title: 'format', script: 'check:format' },
  { title: 'types', script: 'check:types' },
  { title: 'unit tests', script: 'test:unit' },
  { title: 'golden cases', script: 'test:golden' },
  { title: 'crash drill', script: 'test:drill' },
  { title: 'build', script: 'build' },
  { title: 'desktop boot', script: 'test:desktop' },
  { title: 'browser end to end', script: 'test:e2e' },
];

interface Outcome {
  readonly passed: boolean;
  readonly output: string;
}

/** Runs one npm script and collects what it prints. */
function runScript(script: string): Promise<Outcome> {
  const npm = process.env.npm_execpath;
  const child =
    npm === undefined
      ? spawn('npm', ['run', '-s', script], { shell: process.platform === 'win32' })
      : spawn(process.execPath, [npm, 'run', '-s', script]);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ passed: false, output: error.message }));
    child.on('close', (code) => resolve({ passed: code === 0, output: Buffer.concat(chunks).toString('utf8') }));
  });
}

/** Lines a test makes for every reader: what was skipped and why, how many cases ran. */
function notableLines(output: string): string[] {
  return output.split('\n').filter((line) => /^\s*(Tests|Test Files) |SKIPPED:|passed, \d+ failed/.test(line));
}

async function main(): Promise<number> {
  const begin = performance.now();
  for (const stage of stages) {
    const start = performance.now();
    const { passed, output } = await runScript(stage.script);
    const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(7);
    console.log(`${passed ? 'ok    ' : 'FAILED'} ${stage.title.padEnd(20)} ${seconds} s`);
    for (const line of notableLines(output)) console.log(`         ${line.trim()}`);
    if (!passed) {
      console.log(`\n${output.trimEnd()}\n\nStage "${stage.title}" failed. Run it alone with: npm run ${stage.script}`);
      return 1;
    }
  }
  console.log(`All stages passed in ${((performance.now() - begin) / 60_000).toFixed(1)} minutes.`);
  return 0;
}

process.exitCode = await main();
