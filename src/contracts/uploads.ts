import { z } from 'zod';

/** Largest file that a browser may send to a web host, bytes. */
export const largestUploadBytes = 2_000_000_000;

/** Where a browser sends a file to be imported, as the body of a PUT; `?name=` is its name there. Answers a `sentFile`. */
export const uploadPath = '/uploads';

/** What names a file in calls that a browser has sent, and its name to be shown. */
export const sentFile = z.object({ file: z.string(), path: z.string() });
export type SentFile = z.infer<typeof sentFile>;
