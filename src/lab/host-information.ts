import { readdir, stat, statfs } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { HostInformation } from '../contracts/host-information.ts';
import type { Library } from '../library/library.ts';

/** The machine, the library and the host, as the settings screen shows them. */
export async function describeHost(
  library: Library,
  host: Pick<HostInformation, 'version' | 'kind' | 'concurrency'>,
): Promise<HostInformation> {
  const space = await statfs(library.folder);
  return {
    ...host,
    commands: [],
    recentLibraries: [],
    library: {
      name: library.name,
      path: library.folder,
      readOnly: library.readOnly,
      bytes: await folderBytes(library.folder),
      freeBytes: space.bavail * space.bsize,
    },
    machine: {
      cores: cpus().length,
      memoryBytes: totalmem(),
      platform: `${process.platform} ${process.arch}`,
      node: process.versions.node,
    },
  };
}

/** Files that vanish while they are counted count as nothing. */
async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
