import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { certificate } from '../contracts/certificate.ts';
import type { Certificate } from '../contracts/certificate.ts';
import { hashFile } from './hash-file.ts';
import { readMetrics } from './metric-reader.ts';
import { writeLibraryFile } from './write-library-file.ts';

const fileName = 'certificate.json';

/** What the last verification of a run came to; null where it has none, or none that can be read. */
export async function readCertificate(runFolder: string): Promise<Certificate | null> {
  const text = await readFile(join(runFolder, fileName), 'utf8').catch(() => '');
  try {
    return certificate.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Throws `library/...`. */
export async function writeCertificate(runFolder: string, content: Certificate): Promise<void> {
  const path = join(runFolder, fileName);
  await writeLibraryFile(path, `${JSON.stringify(content, null, 2)}\n`);
}

/** Every plain file of a run but its certificate, by path, with the SHA-256 of its content. */
export async function hashFiles(runFolder: string): Promise<Certificate['files']> {
  const entries = await readdir(runFolder, { withFileTypes: true, recursive: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const files: Certificate['files'] = [];
  for (const path of paths.toSorted()) {
    const name = relative(runFolder, path).split(sep).join('/');
    if (name === fileName) continue;
    files.push({ path: name, bytes: (await lstat(path)).size, sha256: await hashFile(path) });
  }
  return files;
}

/** SHA-256 over names, steps and values of every recorded series. Throws `metrics/damaged`. */
export function hashMetrics(metricsFile: string): string {
  const hash = createHash('sha256');
  for (const { name, steps, values } of readMetrics(metricsFile)) {
    hash.update(`${name}\n${String(steps.length)}\n`);
    for (const column of [steps, values]) hash.update(new Uint8Array(column.buffer, 0, column.byteLength));
  }
  return hash.digest('hex');
}
