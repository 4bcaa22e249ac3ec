import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { resolve } from 'node:path';
import { exportFormats } from '../../contracts/exports.ts';
import type { ExportFormat } from '../../contracts/exports.ts';
import { exporters, exportOne } from '../../lab/exports/exporters.ts';
import { datasetsFolder } from '../../lab/user-folders.ts';
import type { CheckpointSelector } from '../../library/checkpoints/checkpoint-store.ts';
import { paths, version } from '../application.ts';
import { count } from '../format.ts';
import { openForReading } from '../open-lab.ts';
import { print, printJson } from '../terminal.ts';
import { jsonOption, libraryOption, wholeNumber } from '../usage.ts';

interface ExportOptions {
  readonly format: ExportFormat;
  readonly out: string;
  readonly checkpoint?: CheckpointSelector;
  readonly force?: boolean;
  readonly withWeights?: boolean;
  readonly library?: string;
  readonly json?: boolean;
}

export function addExport(program: Command): void {
  const formats = exportFormats.map((format) => `  ${format.padEnd(12)} ${exporters[format].description}`);
  program
    .command('export')
    .description('Write a run, or imported weights, in the form of another tool.')
    .argument('<run>', 'run or imported weights: id, unique beginning of an id, or unique name')
    .addOption(new Option('--format <format>', 'what to write').choices(exportFormats).makeOptionMandatory())
    .requiredOption('--out <path>', 'file to write; a folder for tfjs and tensorboard')
    .addOption(checkpointOption())
    .option('--force', 'replace what is there')
    .option('--with-weights', 'with bundle: also the imported weights that the run began with')
    .addOption(libraryOption())
    .addOption(jsonOption())
    .addHelpText('after', `\nFormats:\n${formats.join('\n')}`)
    .action(exportRun);
}

/** Which checkpoint of a run a verb reads. */
export function checkpointOption(): Option {
  const option = new Option('--checkpoint <which>', 'best, last or a step (default: last)');
  return option.argParser((text: string): CheckpointSelector => {
    if (text === 'best' || text === 'last') return text;
    if (/^\d+$/.test(text)) return wholeNumber(0, 999_999_999)(text);
    throw new InvalidArgumentError('Expected best, last or a step.');
  });
}

async function exportRun(reference: string, options: ExportOptions, command: Command): Promise<void> {
  if (options.withWeights === true && options.format !== 'bundle') {
    return command.error('--with-weights goes with --format bundle', { code: 'conflicting-option' });
  }
  const report = await exportOne({
    library: await openForReading(options.library),
    format: options.format,
    reference,
    out: resolve(options.out),
    checkpoint: options.checkpoint,
    force: options.force ?? false,
    withWeights: options.withWeights ?? false,
    folders: { resources: paths.resources, datasets: datasetsFolder() },
    app: version,
  });
  if (options.json) printJson(report);
  else for (const { path, bytes, sha256 } of report.files) print(`${path}  ${count(bytes)} bytes  SHA-256 ${sha256}`);
}
