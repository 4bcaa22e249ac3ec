/** Largest file that a browser may send to a web host, bytes. */
export const largestUploadBytes = 2_000_000_000;

/** Where a browser sends a file to be imported, as the body of a PUT; `?name=` is its name there. Answers a `handedFile`. */
export const uploadPath = '/uploads';

/** Header that a file comes with: what a page of another site cannot send. */
export const uploadHeader = 'x-microbatch-file';
