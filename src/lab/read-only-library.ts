import type { ApiHandlers } from '../contracts/api.ts';
import { refusing } from '../contracts/calls.ts';
import { MicrobatchError } from '../contracts/errors.ts';

/** The handlers of a lab whose library cannot be written: what would change it is refused, before it begins, with why. */
export function refuseChanges(handlers: ApiHandlers, library: string): ApiHandlers {
  return refusing(
    handlers,
    ['writes'],
    () =>
      new MicrobatchError({
        code: 'library/read-only',
        message: `${library} cannot be written`,
        expected: 'a library that this user may change',
        remedy: 'change its permissions, mount it for writing or open another library',
      }),
  );
}
