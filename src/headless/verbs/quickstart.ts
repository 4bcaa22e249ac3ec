import type { Command } from 'commander';
import { quickstartSpecs } from '../../lab/quickstart-setting.ts';
import { paths } from '../application.ts';
import { quickstartDocument, quickstartTable } from '../quickstart-result.ts';
import { print, printJson } from '../terminal.ts';
import { trainInForeground } from '../train.ts';
import { jsonOption, libraryOption } from '../usage.ts';
import { requireDone } from './run.ts';

interface QuickstartOptions {
  readonly library?: string;
  readonly json?: boolean;
}

export function addQuickstart(program: Command): void {
  program
    .command('quickstart')
    .description('Train small batch, large batch and gradient norm on embedded images, and compare them.')
    .addOption(libraryOption())
    .addOption(jsonOption())
    .action(quickstart);
}

/** Always trains anew: runs of earlier quickstarts stay in the library and out of this result. */
async function quickstart({ library, json }: QuickstartOptions): Promise<void> {
  let images = '';
  const training = await trainInForeground({
    library,
    owner: 'the command line (microbatch quickstart)',
    start: async (lab) => {
      const datasets = await lab.handlers['datasets.list'](null);
      images = datasets.find(({ id }) => id === quickstartSpecs['small-batch'].dataset.id)?.validationNote ?? '';
      return lab.handlers['quickstart.start'](null);
    },
  });
  const done = training.records.filter(({ status }) => status === 'done');
  const document = quickstartDocument(done, training);
  if (json) printJson(document);
  // Methods that were cut short do not compare, so without all runs there is no table.
  requireDone(training);
  if (json) return;
  for (const line of quickstartTable(document, images)) print(line);
  print(`Open the result in the app: ${openCommand(training.library)}`);
}

/** Names the library always: the app may have been told to open another one by itself. */
function openCommand(library: string): string {
  return `${paths.built ? 'microbatch serve' : 'npm start --'} --library ${quoted(library)}`;
}

function quoted(path: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(path) ? path : `"${path}"`;
}
