import type { ApiHandlers, ApiName } from '../contracts/api.ts';
import { MicrobatchError } from '../contracts/errors.ts';

/** The calls that write into the library. Others may write elsewhere: settings, data sets. */
const writingCalls = [
  'runs.create',
  'runs.pause',
  'runs.resume',
  'runs.fork',
  'runs.verify',
  'runs.stop',
  'runs.rename',
  'runs.remove',
  'runs.restore',
  'runs.retry',
  'checkpoints.save',
  'checkpoints.prune',
  'queue.move',
  'queue.prioritise',
  'queue.pause',
  'queue.start',
  'sweeps.create',
  'sweeps.add-seeds',
  'sweeps.remove',
  'imports.run',
  'traces.remove',
  'traces.restore',
  'weights.remove',
  'weights.restore',
  'quickstart.start',
] as const satisfies readonly ApiName[];

/** The handlers of a lab whose library cannot be written: what would change it is refused, before it begins, with why. */
export function refuseChanges(handlers: ApiHandlers, library: string): ApiHandlers {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new MicrobatchError({
        code: 'library/read-only',
        message: `${library} cannot be written`,
        expected: 'a library that this user may change',
        remedy: 'change its permissions, mount it for writing or open another library',
      }),
    );
  return { ...handlers, ...Object.fromEntries(writingCalls.map((name) => [name, refuse])) };
}
