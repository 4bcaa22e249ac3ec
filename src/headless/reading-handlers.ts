import type { ApiHandlers } from '../contracts/api.ts';
import { apiNames, readingCalls } from '../contracts/calls.ts';
import { MicrobatchError } from '../contracts/errors.ts';

/**
 * The handlers for who may only read: other calls are refused, and the library says that it is read-only, so that a
 * window offers nothing that would be refused.
 */
export function readingHandlers(handlers: ApiHandlers): ApiHandlers {
  const refused = apiNames.filter((name) => !readingCalls.has(name)).map((name) => [name, () => refuse(name)]);
  return {
    ...handlers,
    ...(Object.fromEntries(refused) as Partial<ApiHandlers>),
    'host.information': async (parameters) => {
      const information = await handlers['host.information'](parameters);
      return { ...information, library: { ...information.library, readOnly: true } };
    },
  };
}

function refuse(name: string): Promise<never> {
  return Promise.reject(
    new MicrobatchError({
      code: 'request/read-only',
      message: `${name} is not answered: this link is for reading`,
      expected: 'the link that the host printed first, for whoever may change the library',
    }),
  );
}
