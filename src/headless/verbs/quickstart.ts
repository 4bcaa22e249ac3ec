import type { Command } from 'commander';
import { quickstartSpecs } from '../../lab/quickstart-setting.ts';
import { libraryFolder } from '../../lab/user-folders.ts';
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
  const document = quickstartDocument(training.records, training);
  if (json) printJson(document);
  else if (document.methods.length > 0) {
    for (const line of quickstartTable(document, images)) print(line);
    print(`Open the result in the app: ${openCommand(training.library)}`);
  }
  requireDone(training);
}

/** What opens a library: nothing to name where it is the one that opens by default. */
function openCommand(library: string): string {
  const named = library === libraryFolder() ? '' : `--library ${quoted(library)}`;
  if (paths.built) return `microbatch serve ${named}`.trim();
  return named === '' ? 'npm start' : `npm start -- ${named}`;
}

function quoted(path: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(path) ? path : `"${path}"`;
}
