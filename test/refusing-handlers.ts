import type { ApiHandlers } from '../src/contracts/api.ts';
import { apiNames } from '../src/contracts/calls.ts';
import { MicrobatchError } from '../src/contracts/errors.ts';

/** Handlers that refuse every call except the given ones: for tests of what carries calls. */
export function handlersWith(own: Partial<ApiHandlers>): ApiHandlers {
  const refusing = Object.fromEntries(
    apiNames.map((name) => [
      name,
      () => Promise.reject(new MicrobatchError({ code: 'test/refused', message: `${name} refused` })),
    ]),
  );
  return { ...(refusing as unknown as ApiHandlers), ...own };
}
