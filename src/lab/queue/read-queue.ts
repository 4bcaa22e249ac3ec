import type { ErrorShape } from '../../contracts/errors.ts';
import type { QueueView } from '../../contracts/queue.ts';
import type { RunRecord } from '../../contracts/run-record.ts';
import type { Library } from '../../library/library.ts';
import { QueueFile } from '../../library/queue-file.ts';
import { TraceStore } from '../../library/trace-store.ts';
import { WeightsStore } from '../../library/weights/weights-store.ts';
import { Queue } from './queue.ts';

/** The queue as a reader beside its host sees it. A damaged file is told, and shown as a queue in order of creation. */
export async function readQueue(
  library: Library,
  records: readonly RunRecord[],
  cores: number,
  onProblem: (error: ErrorShape) => void,
): Promise<QueueView> {
  const traces = new TraceStore(library.folder);
  const weights = new WeightsStore(library.folder);
  const byId = new Map(records.map((record) => [record.id, record]));
  const queue = new Queue({
    file: new QueueFile(library.folder),
    machine: { cores, graphicsCards: [] },
    trains: 'nothing',
    sources: { find: (run) => byId.get(run), hasTrace: (id) => traces.has(id), hasWeights: (id) => weights.has(id) },
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
