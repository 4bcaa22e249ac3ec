import type { ErrorShape } from '../../contracts/errors.ts';
import type { QueueView } from '../../contracts/queue.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import type { Library } from '../../library/library.ts';
import { QueueFile } from '../../library/queue-file.ts';
import { sourcesIn } from '../library-sources.ts';
import { Queue } from './queue.ts';

/** The queue as a reader beside its host sees it. A damaged file is told, and shown as a queue in order of creation. */
export async function readQueue(
  library: Library,
  records: readonly RunRecord[],
  cores: number,
  onProblem: (error: ErrorShape) => void,
): Promise<QueueView> {
  const byId = new Map(records.map((record) => [record.id, record]));
  const queue = new Queue({
    file: new QueueFile(library.folder),
    machine: { cores, graphicsCards: [] },
    trains: 'nothing',
    sources: sourcesIn(library.folder, (run) => byId.get(run)),
    inUse: () =>
      records.flatMap(({ status, spec }) =>
        status === 'running' && spec !== null ? [{ threads: spec.threads, graphicsCard: null }] : [],
      ),
    start: () => undefined,
    emit: () => undefined,
    onProblem,
  });
  await queue.open(records);
  await queue.close();
  return queue.view();
}
