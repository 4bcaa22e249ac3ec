import { join, relative } from 'node:path';
import { readdir, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { ApiHandlers, CallContext } from '../contracts/api.ts';
import type { ApiParameters } from '../contracts/api.ts';
import { MicrobatchError, toErrorShape } from '../contracts/errors.ts';
import type { ExportBatchReport } from '../contracts/exports.ts';
import { checksumLines } from '../lab/exports/exports.ts';
import type { BrowserFiles } from './browser-files.ts';

/** The handlers of a host that browsers use: exports can be fetched, and what a browser has sent is told by its name. */
export function browserHandlers(handlers: ApiHandlers, files: BrowserFiles): ApiHandlers {
  return {
    ...handlers,
    'exports.run': (request, context) =>
      request.to.kind === 'download'
        ? exportToFetch(handlers, files, request, context)
        : handlers['exports.run'](request, context),
    'imports.preview': (request, context) => inPlainWords(files, handlers['imports.preview'](request, context)),
    'imports.examine': async (request, context) => {
      const found = await inPlainWords(files, handlers['imports.examine'](request, context));
      const { content } = found;
      if (content.kind !== 'series') return found;
      const preview = { ...content.preview, file: files.plainWords(content.preview.file) };
      return { ...found, content: { ...content, preview } };
    },
    'imports.run': async (request, context) => {
      const { imported, refused } = await handlers['imports.run'](request, context);
      const plain = (text: string): string => files.plainWords(text);
      return {
        imported: imported.map((item) => ({ ...item, file: plain(item.file), notes: item.notes.map(plain) })),
        refused: refused.map(({ code, file, reason }) => ({ code, file: plain(file), reason: plain(reason) })),
      };
    },
  };
}

async function inPlainWords<T extends { readonly file: string }>(files: BrowserFiles, answer: Promise<T>): Promise<T> {
  try {
    const found = await answer;
    return { ...found, file: files.plainWords(found.file) };
  } catch (thrown) {
    if (!(thrown instanceof MicrobatchError)) throw thrown;
    const { message, ...shape } = toErrorShape(thrown);
    throw new MicrobatchError({ ...shape, message: files.plainWords(message) }, { cause: thrown });
  }
}

/** Exports into a folder of the host, and offers the file there, or an archive of all files with their checksums. */
async function exportToFetch(
  handlers: ApiHandlers,
  files: BrowserFiles,
  request: ApiParameters<'exports.run'>,
  context: CallContext | undefined,
): Promise<ExportBatchReport> {
  const folder = await files.newFolder();
  try {
    const to = { kind: 'folder', folder, replace: false } as const;
    const report = await handlers['exports.run']({ ...request, to }, context);
    const written = report.written.flatMap(({ files: each }) => each);
    const named = {
      ...report,
      written: report.written.map((each) => ({
        ...each,
        files: each.files.map((file) => ({ ...file, path: relative(folder, file.path) })),
      })),
    };
    const [only, ...others] = written;
    if (only === undefined || context?.signal.aborted === true) {
      await rm(folder, { recursive: true, force: true });
      return named;
    }
    if (others.length === 0) return { ...named, download: await files.offer(only.path) };
    const archive = join(folder, 'microbatch-export.zip');
    await pack(folder, checksumLines(report, folder), archive);
    // The archive has them all.
    for (const { path } of written) await rm(path, { force: true });
    return { ...named, download: await files.offer(archive) };
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw cause;
  }
}

/** Every file of a folder in one archive, stored as it is: weights do not become smaller. */
async function pack(folder: string, checksums: string, archive: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const zip = new ZipFile();
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    zip.addFile(path, relative(folder, path).replaceAll('\\', '/'), { compress: false });
  }
  zip.addBuffer(Buffer.from(checksums), 'SHA256SUMS', { compress: false });
  zip.end();
  const failed = new Promise<never>((_resolve, reject) => zip.on('error', reject));
  await Promise.race([pipeline(zip.outputStream, createWriteStream(archive, { flags: 'wx' })), failed]);
}
