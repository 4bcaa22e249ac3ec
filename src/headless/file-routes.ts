import type { IncomingMessage, ServerResponse } from 'node:http';
import { MicrobatchError, toErrorShape } from '../contracts/errors.ts';
import type { ErrorShape } from '../contracts/errors.ts';
import type { BrowserFiles } from './browser-files.ts';

export interface FileRouteOptions {
  /** Files on their way between browsers and this host; without them none are sent or fetched. */
  readonly files?: BrowserFiles;
  /** Told of failures that are not errors of our own. */
  readonly onUnexpected: (where: string, thrown: unknown) => void;
}

/** Keeps a file that a browser sends, and answers with its handle. */
export async function takeUpload(
  request: IncomingMessage,
  response: ServerResponse,
  { files, onUnexpected }: FileRouteOptions,
): Promise<void> {
  try {
    if (files === undefined) throw new MicrobatchError({ code: 'files/refused', message: 'this host takes no files' });
    const name = new URLSearchParams((request.url ?? '').split('?')[1] ?? '').get('name') ?? '';
    sendJson(response, 200, await files.receive(request, name));
  } catch (thrown) {
    if (!(thrown instanceof MicrobatchError)) onUnexpected('upload', thrown);
    const refusal: ErrorShape =
      thrown instanceof MicrobatchError
        ? toErrorShape(thrown)
        : { code: 'files/refused', message: 'the file could not be kept' };
    // What is still on its way is not wanted.
    response.setHeader('connection', 'close');
    sendJson(response, 400, refusal);
  }
}

/** Sends an export that is offered, once. */
export async function sendDownload(
  request: IncomingMessage,
  response: ServerResponse,
  { files, onUnexpected }: FileRouteOptions,
): Promise<void> {
  try {
    const sent = (await files?.send(request.url ?? '', response)) ?? false;
    if (!sent) end(response, 404, 'This export was fetched already, or is no longer kept. Export it again.');
  } catch (thrown) {
    // A browser that leaves in the middle is nothing to tell anybody; it may fetch the file again.
    if (!response.destroyed) onUnexpected('download', thrown);
    response.destroy();
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(value));
}

/** Answers with plain text. */
export function end(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(text);
}
