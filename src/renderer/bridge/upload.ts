import { errorShape } from '../../contracts/errors.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import { handedFile } from '../../contracts/files.ts';
import type { HandedFile, TakingOptions } from '../../contracts/files.ts';
import { parseJson, parseOrThrow } from '../../contracts/parse.ts';
import { largestUploadBytes, uploadHeader, uploadPath } from '../../contracts/uploads.ts';

/** Sends a file of the browser's machine to the host. Throws `files/too-large`, `files/...` of the host, `request/cancelled`. */
export type Upload = (file: File, options: TakingOptions) => Promise<HandedFile>;

/** By a request of its own, whose progress a page can follow; `fetch` tells none. */
export const uploadFile: Upload = (file, { progress, whenCancelled }) => {
  if (file.size > largestUploadBytes) {
    return Promise.reject(
      new MicrobatchError({
        code: 'files/too-large',
        message: `${file.name} is too large to be sent to the host`,
        expected: `at most ${String(largestUploadBytes / 1e9)} GB`,
        remedy: 'copy it to the machine of the host and name its path there',
      }),
    );
  }
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', `${uploadPath}?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader(uploadHeader, '1');
    request.upload.addEventListener('progress', ({ loaded, total }) => progress?.(total === 0 ? 1 : loaded / total));
    request.addEventListener('load', () => {
      try {
        resolve(answered(request, file.name));
      } catch (error) {
        reject(error instanceof Error ? error : unsent(file.name));
      }
    });
    request.addEventListener('error', () => reject(unsent(file.name)));
    request.addEventListener('abort', () =>
      reject(new MicrobatchError({ code: 'request/cancelled', message: `sending ${file.name} was given up` })),
    );
    whenCancelled?.(() => request.abort());
    request.send(file);
  });
};

function answered({ status, responseText }: XMLHttpRequest, name: string): HandedFile {
  const answer = parseJson(responseText);
  if (status === 200)
    return parseOrThrow(handedFile, answer, { code: 'host/unreadable', what: 'the answer to a file' });
  const refusal = errorShape.safeParse(answer);
  throw refusal.success ? new MicrobatchError(refusal.data) : unsent(name);
}

const unsent = (name: string): MicrobatchError =>
  new MicrobatchError({
    code: 'files/cut-off',
    message: `${name} could not be sent to the host`,
    remedy: 'look whether the host is connected, then send it again',
  });
