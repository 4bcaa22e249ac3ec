import type { ApiHandlers, ApiName } from '../contracts/api.ts';
import { refusing } from '../contracts/calls.ts';
import { MicrobatchError } from '../contracts/errors.ts';

/**
 * The handlers for who may only read: other calls are refused, and the library says that it is read-only, so that a
 * window offers nothing that would be refused.
 */
export function readingHandlers(handlers: ApiHandlers): ApiHandlers {
  return {
    ...refusing(handlers, ['writes', 'acts'], refusal),
    'host.information': async (parameters) => {
      const information = await handlers['host.information'](parameters);
      return { ...information, library: { ...information.library, readOnly: true } };
    },
    'runtimes.status': async (parameters) => {
      const status = await handlers['runtimes.status'](parameters);
      const message = 'a link for reading installs and removes no native runtime';
      return { ...status, refusal: { ...refusal('runtimes.install').toShape(), message } };
    },
  };
}

const refusal = (name: ApiName): MicrobatchError =>
  new MicrobatchError({
    code: 'request/read-only',
    message: `${name} is not answered: this link is for reading`,
    expected: 'the link that the host printed first, for whoever may change the library',
  });
