/** Entry of the import process: reads files into a library, or says what they hold, then ends. Ending it gives the work up. */
import process from 'node:process';
import { toErrorShape } from '../contracts/errors.ts';
import { toImportTask } from '../contracts/import-protocol.ts';
import type { FromImportTask } from '../contracts/import-protocol.ts';
import { parseOrThrow } from '../contracts/parse.ts';
import { examineFile, importFiles, previewFile } from '../library/imports/import-files.ts';
import { openLibrary } from '../library/library.ts';
import { openTransport } from './transport.ts';

/** Least time between two messages of progress, milliseconds. */
const progressMilliseconds = 200;

const transport = openTransport();
let saidAt = 0;

function say(file: string, fraction: number): void {
  const now = performance.now();
  if (now - saidAt < progressMilliseconds) return;
  saidAt = now;
  const message: FromImportTask = { type: 'progress', file, fraction: Math.min(1, fraction) };
  transport.send(message);
}

async function answer(raw: unknown): Promise<FromImportTask> {
  const task = parseOrThrow(toImportTask, raw, { code: 'import/protocol', what: 'the task of an import' });
  if (task.type === 'preview') {
    return { type: 'preview', preview: await previewFile(task.path, task.as, task.mapping) };
  }
  if (task.type === 'examine') {
    return { type: 'examination', examination: await examineFile(task.path, task.as, task.mapping) };
  }
  const { paths, as, mapping, staging, force, app } = task;
  const library = await openLibrary(task.library, { write: true });
  return {
    type: 'report',
    report: await importFiles({ library, staging, paths, as, mapping, force, app, progress: say }),
  };
}

transport.onMessage((raw) => {
  void answer(raw)
    .catch((error: unknown): FromImportTask => ({ type: 'failed', error: toErrorShape(error) }))
    .then((reply) => transport.send(reply));
});
// The host ends this process once it has read the answer; without a host nobody wants it.
transport.onClose(() => process.exit(0));
