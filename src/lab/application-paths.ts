import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MicrobatchError } from '../contracts/errors.ts';

/** Where the parts of the application lie, the same whether it runs from its sources or from `out/`. */
export interface ApplicationPaths {
  /** Folder of package.json. */
  readonly root: string;
  /** Data sets that ship with the application. */
  readonly resources: string;
  /** Built pages of the window. */
  readonly renderer: string;
  /** Built preload script of the window. */
  readonly preload: string;
  /** Module that a training process starts with. */
  readonly runner: string;
  /** Module of the process that probes executors and plans. */
  readonly probe: string;
  /** Module of the process that reads and fetches data sets. */
  readonly datasetTask: string;
  /** Module of the process that imports files. */
  readonly importTask: string;
  /** Whether this code runs from `out/`. */
  readonly built: boolean;
}

/**
 * Finds the application around a module of its own, given as `import.meta.url`.
 * Throws `application/not-found` where no folder above the module holds the application's package.json.
 */
export function applicationPaths(moduleUrl: string): ApplicationPaths {
  const here = dirname(fileURLToPath(moduleUrl));
  const root = findRoot(here);
  const built = `${here}${sep}`.startsWith(join(root, 'out') + sep);
  return {
    root,
    resources: join(unpacked(root), 'resources'),
    renderer: join(root, 'out', 'renderer'),
    preload: join(root, 'out', 'preload', 'preload.cjs'),
    runner: built ? join(root, 'out', 'main', 'runner.js') : join(root, 'src', 'runner', 'main.ts'),
    probe: built ? join(root, 'out', 'main', 'probe.js') : join(root, 'src', 'runner', 'probe.ts'),
    datasetTask: built ? join(root, 'out', 'main', 'dataset-task.js') : join(root, 'src', 'runner', 'dataset-task.ts'),
    importTask: built ? join(root, 'out', 'main', 'import-task.js') : join(root, 'src', 'runner', 'import-task.ts'),
    built,
  };
}

function findRoot(start: string): string {
  let folder = start;
  while (!isApplication(folder)) {
    const parent = dirname(folder);
    if (parent === folder) {
      throw new MicrobatchError({
        code: 'application/not-found',
        message: `no folder above ${start} holds the package.json of microbatch`,
        remedy: 'install the application again',
      });
    }
    folder = parent;
  }
  return folder;
}

function isApplication(folder: string): boolean {
  const file = join(folder, 'package.json');
  return existsSync(file) && /"name":\s*"microbatch"/.test(readFileSync(file, 'utf8'));
}

/** Data files lie beside an asar archive, not in it: a training process that is plain Node cannot read archives. */
function unpacked(root: string): string {
  return root.replace(/app\.asar$/, 'app.asar.unpacked');
}
