import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiEmit, ApiParameters } from '../contracts/api.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { fromImportTask } from '../contracts/import-protocol.ts';
import type { FromImportTask, ToImportTask } from '../contracts/import-protocol.ts';
import type {
  ColumnMapping,
  ImportExamination,
  ImportKind,
  ImportPreview,
  ImportReport,
  ImportRequest,
} from '../contracts/imports.ts';
import type { Library } from '../library/library.ts';
import { writeError } from '../library/write-error.ts';
import { wordsOfExit } from './process-host.ts';
import type { ProcessExit, ProcessHost, RunnerProcess } from './process-host.ts';

export interface ImportsOptions {
  readonly library: Library;
  readonly processHost: ProcessHost;
  /** Module that an import process starts with. */
  readonly entry: string;
  /** Version of the application. */
  readonly app: string;
  readonly emit: ApiEmit;
  /** Takes up a run that is in the library now. */
  readonly adopt: (run: string) => Promise<unknown>;
}

type Answer = Extract<FromImportTask, { type: 'report' | 'preview' | 'examination' }>;

const stagingPattern = /^\.import-[0-9a-f]{12}$/;

/** Imports files into the library, each request in a process of its own, so that it can be given up. */
export class Imports {
  readonly #options: ImportsOptions;
  readonly #working = new Set<RunnerProcess>();

  constructor(options: ImportsOptions) {
    this.#options = options;
  }

  /** Removes what imports of a killed host left. For the one host of the library. */
  async removeLeftovers(): Promise<void> {
    const { folder } = this.#options.library;
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((one) => stagingPattern.test(one))) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }

  /** Throws `library/...` and what keeps all files from being read; a file that is refused is in the report. */
  async run({ paths, as, mapping, force }: ImportRequest): Promise<ImportReport> {
    const { library, app } = this.#options;
    if (library.readOnly) {
      throw new MicrobatchError({
        code: 'library/read-only',
        message: `${library.folder} cannot be written`,
        remedy: 'change its permissions or open another library',
      });
    }
    const staging = join(library.folder, `.import-${randomBytes(6).toString('hex')}`);
    await mkdir(staging).catch((cause: unknown) => {
      throw writeError(staging, cause);
    });
    try {
      const answer = await this.#ask({
        type: 'import',
        library: library.folder,
        staging,
        paths,
        as,
        mapping,
        force: force ?? false,
        app,
      });
      if (answer.type !== 'report') throw nonsense();
      for (const { kind, id } of answer.report.imported) {
        if (kind === 'run') await this.#options.adopt(id);
        else this.#options.emit('imports.changed', { kind });
      }
      return answer.report;
    } finally {
      // The next host of the library removes what stays.
      await rm(staging, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  async preview(path: string, as?: ImportKind, mapping?: ColumnMapping): Promise<ImportPreview> {
    const answer = await this.#ask({ type: 'preview', path, as, mapping });
    if (answer.type !== 'preview') throw nonsense();
    return answer.preview;
  }

  async examine({ path, as, mapping }: ApiParameters<'imports.examine'>): Promise<ImportExamination> {
    const answer = await this.#ask({ type: 'examine', path, as, mapping });
    if (answer.type !== 'examination') throw nonsense();
    return answer.examination;
  }

  /** Gives up every import on its way. */
  cancel(): void {
    for (const process of this.#working) process.kill();
  }

  #ask(task: ToImportTask): Promise<Answer> {
    const process = this.#options.processHost.start(this.#options.entry, { name: 'import' });
    this.#working.add(process);
    return new Promise<Answer>((resolve, reject) => {
      let answer: FromImportTask | null = null;
      process.onMessage((raw) => {
        const parsed = fromImportTask.safeParse(raw);
        if (parsed.success && parsed.data.type === 'progress') {
          this.#options.emit('import.progress', { file: parsed.data.file, fraction: parsed.data.fraction });
          return;
        }
        answer = parsed.success ? parsed.data : { type: 'failed', error: nonsense().toShape() };
        process.kill();
      });
      // Only once it is gone does it write no more into the folder that is removed then.
      process.onExit((exit) => {
        this.#working.delete(process);
        if (answer === null) reject(ended(exit));
        else if (answer.type === 'failed') reject(new MicrobatchError(answer.error));
        else if (answer.type !== 'progress') resolve(answer);
      });
      process.send(task);
    });
  }
}

function ended(exit: ProcessExit): MicrobatchError {
  return new MicrobatchError({
    code: 'import/given-up',
    message: `the import was given up: its process ended ${wordsOfExit(exit)}`,
    remedy: 'nothing half done was kept; import the files one at a time',
  });
}

function nonsense(): MicrobatchError {
  return new MicrobatchError({ code: 'import/protocol', message: 'the process of the import sent nonsense' });
}
