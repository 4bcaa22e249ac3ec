import { MicrobatchError } from '../contracts/errors.ts';

/** Why the library could not be written, by the system's error code: reason, in words, what to do. */
const reasons: Readonly<Record<string, readonly [string, string, string]>> = {
  ENOSPC: ['disk-full', 'the disk is full', 'free some space'],
  EDQUOT: ['disk-full', 'the quota of this user is used up', 'free some space'],
  EROFS: ['not-writable', 'the file system is read-only', 'mount it for writing, or open another library'],
  EACCES: ['not-writable', 'this user may not write there', 'change the permissions, or open another library'],
  EPERM: ['not-writable', 'this user may not write there', 'change the permissions, or open another library'],
  ENOENT: ['gone', 'its folder is gone', 'bring the folder back, or open another library'],
};

/** An error of the file system while `path` was written, in words. Errors of our own stay as they are. */
export function writeError(path: string, cause: unknown): MicrobatchError {
  if (cause instanceof MicrobatchError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const known = reasons[code];
  if (known === undefined) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return new MicrobatchError(
      { code: 'library/cannot-write', message: `${path} cannot be written: ${message}` },
      { cause },
    );
  }
  const [reason, words, remedy] = known;
  return new MicrobatchError(
    { code: `library/${reason}`, message: `${path} cannot be written: ${words}`, remedy },
    { cause },
  );
}
