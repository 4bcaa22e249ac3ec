import type { ApiHandlers, ApiName } from '../contracts/api.ts';
import { MicrobatchError } from '../contracts/errors.ts';

/** The calls that install and remove programs of the host's user. */
const programCalls = [
  'runtimes.install',
  'runtimes.cancel',
  'runtimes.remove',
  'runtimes.restore',
] as const satisfies readonly ApiName[];

/**
 * The handlers of a host that other machines reach: whoever has its address has the library, but not the user's programs.
 * A runtime is native code, and the addon that stands beside its wheels is run as it is found.
 */
export function withoutProgramChanges(handlers: ApiHandlers): ApiHandlers {
  const refusal = new MicrobatchError({
    code: 'runtime/other-machine',
    message: 'a host that other machines reach installs and removes no native runtime from a window',
    expected: 'a host on loopback, or the command line of the machine',
    remedy: 'use microbatch runtime on the machine of the host',
  });
  const refuse = (): Promise<never> => Promise.reject(refusal);
  return {
    ...handlers,
    ...Object.fromEntries(programCalls.map((name) => [name, refuse])),
    'runtimes.status': async (parameters) => {
      const status = await handlers['runtimes.status'](parameters);
      return { ...status, refusal: refusal.toShape() };
    },
  };
}
