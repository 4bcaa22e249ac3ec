import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MicrobatchError } from '../contracts/errors.ts';
import type { HandedFile } from '../contracts/files.ts';
import { largestUploadBytes } from '../contracts/uploads.ts';

/** All files that browsers have sent and not yet been forgotten, bytes; the oldest go first. */
const mostKeptBytes = 2 * largestUploadBytes;
/** UTF-16 units of a name, of three bytes at most: file systems take 255 bytes. */
const longestName = 80;
/** Room that is left on the disk in any case, bytes. */
const spareBytes = 500_000_000;

interface Kept {
  readonly folder: string;
  readonly path: string;
  readonly bytes: number;
}

/**
 * Files on their way between a browser and this host: what it sends to be imported, and what it fetches of an export.
 * They lie in a folder of this start for nobody else to read, which goes when the host ends.
 */
export class BrowserFiles {
  readonly #folder: string;
  readonly #uploads = new Map<string, Kept>();
  readonly #downloads = new Map<string, Kept>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<BrowserFiles> {
    return new BrowserFiles(await mkdtemp(join(tmpdir(), 'microbatch-browser-')));
  }

  /** A new folder in it, for what is to be offered. */
  async newFolder(): Promise<string> {
    const folder = join(this.#folder, randomBytes(9).toString('hex'));
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }

  /**
   * Keeps the body of a request as a file. Throws `files/too-large`, `files/no-room`, `files/cut-off`; nothing half sent stays.
   */
  async receive(request: IncomingMessage, name: string): Promise<HandedFile> {
    const stated = Number(request.headers['content-length'] ?? Number.NaN);
    if (stated > largestUploadBytes) throw tooLarge(name);
    const { bavail, bsize } = await statfs(this.#folder);
    const room = bavail * bsize - spareBytes;
    if ((Number.isNaN(stated) ? 0 : stated) > room) throw noRoom(name);
    const folder = await this.newFolder();
    const path = join(folder, plainName(name));
    try {
      await pipeline(
        request,
        atMost(Math.min(largestUploadBytes, room), name),
        createWriteStream(path, { flags: 'wx' }),
      );
      const { size } = await stat(path);
      const file = `upload:${randomBytes(24).toString('base64url')}/${basename(path)}`;
      this.#uploads.set(file, { folder, path, bytes: size });
      await this.#forgetOldest();
      return { file, path: basename(path) };
    } catch (cause) {
      await rm(folder, { recursive: true, force: true });
      if (cause instanceof MicrobatchError) throw cause;
      throw new MicrobatchError(
        { code: 'files/cut-off', message: `${name} did not arrive whole`, remedy: 'send it again' },
        { cause },
      );
    }
  }

  /** The path of a file that a browser has sent; null for what is no handle of one. Throws `files/forgotten`. */
  received(named: string): string | null {
    if (!named.startsWith('upload:')) return null;
    const kept = this.#uploads.get(named);
    if (kept !== undefined) return kept.path;
    throw new MicrobatchError({
      code: 'files/forgotten',
      message: `${basename(named)} is no longer kept by this host`,
      remedy: 'send it again',
    });
  }

  /** A text without the places of files that browsers have sent, which say nothing to anybody. */
  plainWords(text: string): string {
    let plain = text;
    for (const { path } of this.#uploads.values()) plain = plain.replaceAll(path, basename(path));
    return plain;
  }

  /** Offers a file of `newFolder` to be fetched once; its address. */
  async offer(path: string): Promise<{ address: string; name: string; bytes: number }> {
    const { size } = await stat(path);
    const token = randomBytes(24).toString('base64url');
    const name = basename(path);
    this.#downloads.set(token, { folder: join(path, '..'), path, bytes: size });
    await this.#forgetOldest();
    return { address: `/downloads/${token}/${encodeURIComponent(name)}`, name, bytes: size };
  }

  /**
   * Sends what is offered at an address, and forgets it. Nobody else can have it meanwhile; what breaks off is offered
   * again. Returns whether anything is offered there.
   */
  async send(address: string, response: ServerResponse): Promise<boolean> {
    const token = /^\/downloads\/([\w-]{32})\//.exec(address)?.[1] ?? '';
    const offered = this.#downloads.get(token);
    if (offered === undefined) return false;
    this.#downloads.delete(token);
    response.setHeader('content-type', 'application/octet-stream');
    response.setHeader('content-length', offered.bytes);
    response.setHeader('content-disposition', `attachment; filename="${basename(offered.path)}"`);
    try {
      await pipeline(createReadStream(offered.path), response);
    } catch (error) {
      this.#downloads.set(token, offered);
      throw error;
    }
    await rm(offered.folder, { recursive: true, force: true });
    return true;
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The newest one always stays: it is what the browser waits for. */
  async #forgetOldest(): Promise<void> {
    for (const kept of [this.#uploads, this.#downloads]) {
      let bytes = [...kept.values()].reduce((sum, each) => sum + each.bytes, 0);
      for (const [key, each] of [...kept].slice(0, -1)) {
        if (bytes <= mostKeptBytes) break;
        bytes -= each.bytes;
        kept.delete(key);
        await rm(each.folder, { recursive: true, force: true });
      }
    }
  }
}

/** Passes bytes on until there are too many. */
function atMost(most: number, name: string): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, pass) {
      bytes += chunk.length;
      if (bytes > most) pass(bytes > largestUploadBytes ? tooLarge(name) : noRoom(name));
      else pass(null, chunk);
    },
  });
}

/** The last part of a name without what a file system, a header or a terminal could take for more. */
function plainName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const plain = last.replaceAll(/[^\p{Letter}\p{Number}._ ()+=,-]/gu, '_').replace(/^[. ]+/, '');
  return (plain === '' ? 'file' : plain).slice(-longestName);
}

function tooLarge(name: string): MicrobatchError {
  return new MicrobatchError({
    code: 'files/too-large',
    message: `${name} is too large to be sent to this host`,
    expected: `at most ${String(largestUploadBytes / 1e9)} GB`,
    remedy: 'copy it to the machine of the host and name its path there',
  });
}

function noRoom(name: string): MicrobatchError {
  return new MicrobatchError({
    code: 'files/no-room',
    message: `the disk of the host has no room for ${name}`,
    remedy: 'free some on the machine of the host',
  });
}
