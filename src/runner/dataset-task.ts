/** Entry of the data set process: reads, fetches or verifies one data set, then ends. Ending it gives the work up. */
import process from 'node:process';
import { toDatasetTask } from '../contracts/dataset-protocol.ts';
import type { FromDatasetTask, ToDatasetTask } from '../contracts/dataset-protocol.ts';
import { toErrorShape } from '../contracts/errors.ts';
import { parseOrThrow } from '../contracts/parse.ts';
import { dataCard } from '../data/data-card.ts';
import { useProxyOfEnvironment } from '../data/download.ts';
import { importDataset } from '../data/import-dataset.ts';
import { obtainKnownSet } from '../data/obtain-known-set.ts';
import { reportOf, verifyDataset } from '../data/report.ts';
import { openTransport } from './transport.ts';

/** Least time between two messages of progress, milliseconds. */
const progressMilliseconds = 100;

const transport = openTransport();
let saidAt = 0;
let saidWhat = '';

/** The first word of every stage, and then a few times a second. */
function say(what: string, fraction: number | null): void {
  const now = performance.now();
  if (what === saidWhat && now - saidAt < progressMilliseconds) return;
  [saidAt, saidWhat] = [now, what];
  const message: FromDatasetTask = { type: 'progress', what, fraction };
  transport.send(message);
}

async function answer(raw: unknown): Promise<FromDatasetTask> {
  const task = parseOrThrow(toDatasetTask, raw, { code: 'data/protocol', what: 'the task for a data set' });
  return work(task);
}

async function work(task: ToDatasetTask): Promise<FromDatasetTask> {
  switch (task.type) {
    case 'add':
      say('reading the images', null);
      return { type: 'report', report: reportOf(await importDataset(task.datasets, task)) };
    case 'download':
      useProxyOfEnvironment();
      return { type: 'report', report: reportOf(await obtainKnownSet(task.datasets, task.id, say)) };
    case 'verify':
      say('comparing the checksums', null);
      return { type: 'report', report: await verifyDataset(task.id, task) };
    case 'card':
      return { type: 'card', card: await dataCard(task.id, task) };
  }
}

transport.onMessage((raw) => {
  void answer(raw)
    .catch((error: unknown): FromDatasetTask => ({ type: 'failed', error: toErrorShape(error) }))
    .then((reply) => transport.send(reply));
});
// The host ends this process once it has read the answer; without a host nobody wants it.
transport.onClose(() => process.exit(0));
