import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { MicrobatchError } from '../contracts/errors.ts';
import type { PublishedFile } from './known-sets.ts';
import { writing } from './store/durable-files.ts';

/** Hears how many bytes of a file are there. */
export type ReportBytes = (bytes: number) => void;

/** Tries in a row that bring no byte before a download is given up, and the rest between them. */
const vainTries = 4;
const restMilliseconds = 500;

/** Lets `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` decide how the web is reached from this process. */
export function useProxyOfEnvironment(): void {
  http.setGlobalProxyFromEnv(process.env);
}

/**
 * Fetches a published file into a folder and verifies it. What a broken connection, or an earlier download that ended
 * early, has brought stays and is gone on from. Throws `data/download-failed`, `data/wrong-checksum` and the errors of
 * `writing`.
 */
export async function downloadFile(file: PublishedFile, folder: string, report: ReportBytes): Promise<string> {
  const target = join(folder, file.name);
  const partial = `${target}.part`;
  await writing(folder, () => mkdir(folder, { recursive: true }));
  if (await isWhole(target, file)) return target;
  let vain = 0;
  for (;;) {
    const before = await sizeOf(partial);
    if (before >= file.bytes) break;
    const problem = await fetchMore(file, partial, before, report).catch((error: unknown) => {
      if (error instanceof MicrobatchError) throw error;
      return error instanceof Error ? reasonOf(error) : String(error);
    });
    const after = await sizeOf(partial);
    if (after >= file.bytes) break;
    vain = after > before ? 0 : vain + 1;
    if (vain >= vainTries) throw failed(file, problem ?? 'the connection ends before the file does');
    await wait(restMilliseconds * vain);
  }
  await requireWhole(partial, file);
  await writing(target, () => rename(partial, target));
  return target;
}

/** One request for what is missing. Returns when the answer ends, whole or not. */
async function fetchMore(file: PublishedFile, partial: string, from: number, report: ReportBytes): Promise<undefined> {
  const answer = await fetch(file.address, from > 0 ? { headers: { range: `bytes=${String(from)}-` } } : {});
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 416 && answer.status !== 429) {
    throw failed(file, `the server answers ${String(answer.status)} ${answer.statusText}`);
  }
  if (answer.status === 416) {
    // It has less than is here: what is here is of another file.
    await writing(partial, () => rm(partial, { force: true }));
    return;
  }
  if (!answer.ok || answer.body === null) throw new Error(`the server answers ${String(answer.status)}`);
  // A server that knows no ranges sends the whole file again.
  const goesOn = answer.status === 206;
  const handle = await writing(partial, () => open(partial, goesOn ? 'a' : 'w'));
  try {
    let bytes = goesOn ? from : 0;
    for await (const chunk of answer.body) {
      bytes += chunk.length;
      if (bytes > file.bytes) {
        throw failed(file, `the server sends more than the ${String(file.bytes)} bytes of the file`);
      }
      await writing(partial, () => handle.appendFile(chunk));
      report(bytes);
    }
    await writing(partial, () => handle.sync());
  } finally {
    await handle.close();
  }
}

async function isWhole(path: string, file: PublishedFile): Promise<boolean> {
  return (await sizeOf(path)) === file.bytes && (await problemOf(path, file)) === undefined;
}

/** Removes a file with another checksum, so that the next download starts anew. */
async function requireWhole(path: string, file: PublishedFile): Promise<void> {
  const found = await problemOf(path, file);
  if (found === undefined) return;
  await writing(path, () => rm(path, { force: true }));
  throw new MicrobatchError({
    code: 'data/wrong-checksum',
    message: `${file.name} from ${file.address} is not the published file: ${found.found}`,
    expected: found.expected,
    remedy: 'download it again, or add it from another source',
  });
}

async function problemOf(path: string, file: PublishedFile): Promise<{ found: string; expected: string } | undefined> {
  const hashes = { md5: createHash('md5'), sha256: createHash('sha256') };
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    if (!Buffer.isBuffer(chunk)) continue;
    hashes.md5.update(chunk);
    hashes.sha256.update(chunk);
  }
  const [md5, sha256] = [hashes.md5.digest('hex'), hashes.sha256.digest('hex')];
  if (file.sha256 !== undefined && sha256 !== file.sha256) {
    return { found: `its SHA-256 is ${sha256}`, expected: file.sha256 };
  }
  return md5 === file.md5 ? undefined : { found: `its MD5 is ${md5}`, expected: file.md5 };
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** fetch says only that it failed; why is in its cause. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}

function failed(file: PublishedFile, problem: string): MicrobatchError {
  return new MicrobatchError({
    code: 'data/download-failed',
    message: `${file.name} could not be fetched from ${file.address}: ${problem}`,
    remedy: 'try again, what has come is kept; HTTP_PROXY and HTTPS_PROXY name a proxy; or add it from a file',
  });
}
