import { MicrobatchError } from '../contracts/errors.ts';

/** Why the library could not be written, by the system's error code: reason, in words, what to do. */
const reasons: Readonly<Record<string, readonly [string, string, string]>> = {
  ENOSPC: ['disk-full', 'the disk is full', 'free some space'],
  EDQUOT: ['disk-full', 'the quota of this user is used up', 'free some space'],
  EROFS: ['not-writable', 'the file system is read-only', 'mount it for writing, or open another library'],
  EACCES: ['not-writable', 'this user may not write there', 'change the permissions, or open another library'],
  EPERM: ['not-writable', 'this user may not write there', 'change the permissions, or open another library'],
  EIO: ['cannot-write', 'the disk reports an error', 'check the disk and its connection, then try again'],
  EFBIG: ['disk-full', 'the file would be larger than this file system or user may have', 'free some space'],
  ENOENT: ['gone', 'its folder is gone', 'bring the folder back, or open another library'],
};

/** Whether the system refused an operation on a file, which then is what failed, not our code. */
export const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;

/** An error of the file system while `path` was written, in words. Errors of our own stay as they are. */
export function writeError(path: string, cause: unknown): MicrobatchError {
  if (cause instanceof MicrobatchError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const known = reasons[code];
  if (known === undefined) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return new MicrobatchError(
      {
        code: 'library/cannot-write',
        message: `${path} cannot be written: ${message}`,
        remedy: 'see to what the system says, then try again',
      },
      { cause },
    );
  }
  const [reason, words, remedy] = known;
  return new MicrobatchError(
    { code: `library/${reason}`, message: `${path} cannot be written: ${words}`, remedy },
    { cause },
  );
}
