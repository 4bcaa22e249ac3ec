import { MicrobatchError } from './errors.ts';

/** Rooms of files: their name is the first part of the code of an error. */
type Room = 'library' | 'data' | 'runtime';

const elsewhere: Readonly<Record<Room, string>> = {
  library: 'open another library',
  data: 'name another folder with MICROBATCH_HOME',
  runtime: 'name another folder with MICROBATCH_HOME',
};

/** Why a file could not be written, by the system's error code: reason, in words, what to do. */
const reasons: Readonly<Record<string, readonly [reason: string, words: string, remedy: (other: string) => string]>> = {
  ENOSPC: ['disk-full', 'the disk is full', () => 'free some space'],
  EDQUOT: ['disk-full', 'the quota of this user is used up', () => 'free some space'],
  EROFS: ['not-writable', 'the file system is read-only', (other) => `mount it for writing, or ${other}`],
  EACCES: ['not-writable', 'this user may not write there', (other) => `change the permissions, or ${other}`],
  EPERM: ['not-writable', 'this user may not write there', (other) => `change the permissions, or ${other}`],
  EIO: ['cannot-write', 'the disk reports an error', () => 'check the disk and its connection, then try again'],
  EFBIG: ['disk-full', 'the file would be larger than this file system or user may have', () => 'free some space'],
  ENAMETOOLONG: ['path-too-long', 'the path is longer than this file system allows', () => 'choose a shorter one'],
  ENOENT: ['gone', 'its folder is gone', (other) => `bring the folder back, or ${other}`],
};

/** An error of the file system while `path` was written, in words. Errors of our own stay as they are. */
export function writeProblem(room: Room, path: string, cause: unknown): MicrobatchError {
  if (cause instanceof MicrobatchError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const said = cause instanceof Error ? cause.message : String(cause);
  const [reason, words, remedy] = reasons[code] ?? [
    'cannot-write',
    said,
    () => 'see to what the system says, then try again',
  ];
  return new MicrobatchError(
    {
      code: `${room}/${reason}`,
      message: `${path} cannot be written: ${words}`,
      remedy: remedy(elsewhere[room]),
    },
    { cause },
  );
}
