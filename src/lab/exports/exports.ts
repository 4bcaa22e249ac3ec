import { mkdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { ApiEmit, ApiParameters } from '../../contracts/api.ts';
import { MicrobatchError, toErrorShape } from '../../contracts/errors.ts';
import { formatForms } from '../../contracts/exports.ts';
import type { ExportBatchReport, ExportItem } from '../../contracts/exports.ts';
import { CheckpointStore } from '../../library/checkpoints/checkpoint-store.ts';
import type { Library } from '../../library/library.ts';
import { writeError } from '../../library/write-error.ts';
import { findRunOrWeights } from '../run-or-weights.ts';
import { datasetsFolder } from '../user-folders.ts';
import { exportOne } from './exporters.ts';

export interface ExportsOptions {
  readonly library: Library;
  /** Folder of the data sets that ship with the application. */
  readonly resources: string;
  /** Version of the application. */
  readonly app: string;
  readonly emit: ApiEmit;
}

/** Writes many files of runs, checkpoints and imported weights, one after the other. */
export class Exports {
  readonly #options: ExportsOptions;

  constructor(options: ExportsOptions) {
    this.#options = options;
  }

  /**
   * Writes every item that it can into the folder; one that is refused is in the report, and the others go on. Throws
   * `export/no-download`, and `library/...` where the folder cannot be made. When the signal aborts, what is written
   * wholly stays and nothing else does.
   */
  async run({ items, to, job }: ApiParameters<'exports.run'>, signal?: AbortSignal): Promise<ExportBatchReport> {
    if (to.kind === 'download') {
      throw new MicrobatchError({
        code: 'export/no-download',
        message: 'this host hands out no downloads',
        expected: 'a folder',
        remedy: 'name a folder of the machine of the host',
      });
    }
    const folder = resolve(to.folder);
    await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
      throw writeError(folder, cause);
    });
    const { library, resources, app, emit } = this.#options;
    const report: ExportBatchReport = { written: [], refused: [], download: null };
    const isGivenUp = (): boolean => signal?.aborted === true;
    let bytes = 0;
    for (const [done, item] of items.entries()) {
      if (isGivenUp()) break;
      try {
        const name = await this.#fileName(item);
        const tell = (): void => emit('export.progress', { job, file: name, done, total: items.length, bytes });
        tell();
        const one = await exportOne({
          ...{ library, format: item.format, reference: item.reference, checkpoint: item.checkpoint, app },
          ...{ out: join(folder, name), force: to.replace, withWeights: item.withWeights ?? false, signal },
          folders: { resources, datasets: datasetsFolder() },
          wrote: (count) => {
            bytes += count;
            tell();
          },
        });
        report.written.push(one);
      } catch (error) {
        if (isGivenUp()) break;
        report.refused.push({ ...item, ...refusalOf(error, folder) });
      }
    }
    return report;
  }

  /** `<name>-<id>-<step>.<extension>`: told apart also where runs share a name. */
  async #fileName({ reference, format, checkpoint }: ExportItem): Promise<string> {
    const { library } = this.#options;
    const found = await findRunOrWeights(library, reference);
    const { id, name } = found.record;
    const stem = [slugOf(name), id].filter((part) => part !== '').join('-');
    const { extension, holdsCheckpoint } = formatForms[format];
    if (found.kind === 'weights' || !holdsCheckpoint) return `${stem}${extension}`;
    const step = await stepOf(library.runs.folder(id), checkpoint ?? 'last');
    return `${stem}${step === null ? '' : `-${String(step)}`}${extension}`;
  }
}

/** Null where there is none: whoever reads it says so. */
async function stepOf(runFolder: string, checkpoint: NonNullable<ExportItem['checkpoint']>): Promise<number | null> {
  if (typeof checkpoint === 'number') return checkpoint;
  const { checkpoints } = await new CheckpointStore(runFolder).survey();
  return checkpoints.findLast(({ labels }) => labels.includes(checkpoint))?.step ?? null;
}

/** What every file system takes. */
function slugOf(name: string): string {
  const words = name.normalize('NFKD').replaceAll(/[^A-Za-z0-9]+/g, '-');
  return words
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)
    .toLowerCase();
}

function refusalOf(error: unknown, folder: string): { code: string; reason: string } {
  const { code, message, remedy } = toErrorShape(error);
  // The window offers the remedy of the command line in its own way.
  const advice = remedy === undefined || code === 'export/exists' ? '' : `; ${remedy}`;
  return { code, reason: `${message.replaceAll(`${folder}/`, '')}${advice}` };
}

/** Lines as `sha256sum --check` reads them in the folder of the export. */
export function checksumLines({ written }: ExportBatchReport, folder: string): string {
  return written
    .flatMap(({ files }) => files)
    .map(({ path, sha256 }) => `${sha256}  ${relative(folder, path).replaceAll('\\', '/')}\n`)
    .join('');
}
