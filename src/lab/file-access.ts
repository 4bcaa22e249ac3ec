import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import type { ApiHandlers } from '../contracts/api.ts';
import { MicrobatchError } from '../contracts/errors.ts';

/** Turns what a window names as a file into a path that may be read, or throws why it may not. */
export type FileResolver = (named: string) => Promise<string>;

/** The handlers with every file that a window names going through `resolveFile` first. */
export function withFiles(handlers: ApiHandlers, resolveFile: FileResolver): ApiHandlers {
  return {
    ...handlers,
    'datasets.add': async (request, context) =>
      handlers['datasets.add']({ ...request, path: await resolveFile(request.path) }, context),
    'exports.run': async (request, context) => {
      const { to } = request;
      if (to.kind === 'download') return handlers['exports.run'](request, context);
      return handlers['exports.run']({ ...request, to: { ...to, folder: await resolveFile(to.folder) } }, context);
    },
    'imports.preview': async (request, context) =>
      handlers['imports.preview']({ ...request, path: await resolveFile(request.path) }, context),
    'imports.run': async (request, context) =>
      handlers['imports.run']({ ...request, paths: await Promise.all(request.paths.map(resolveFile)) }, context),
  };
}

/** Allows files that lie in one of the folders, wherever links lead; none where there is no folder. */
export function filesWithin(folders: readonly string[]): FileResolver {
  return async (named) => {
    const path = await realpath(resolve(named)).catch(() => null);
    const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => null)));
    const isWithin = (root: string | null): boolean =>
      root !== null && path !== null && (path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));
    if (path !== null && roots.some(isWithin)) return path;
    // The same words whether it is there or not: a browser elsewhere must not learn which files exist.
    throw new MicrobatchError({
      code: 'files/not-shared',
      message: `${named} is not in a folder that this host opens to its windows`,
      expected: folders.length === 0 ? 'a folder, of which it has none' : `a file in ${folders.join(', ')}`,
      remedy: 'start the host with --files FOLDER, or do this on its command line',
    });
  };
}
