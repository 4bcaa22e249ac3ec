import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import type { z } from 'zod';
import { apiCalls, wireMessage } from '../contracts/api.ts';
import type { ApiName, ApiParameters, ApiResult } from '../contracts/api.ts';
import { MicrobatchError } from '../contracts/errors.ts';
import { parseJson, parseOrThrow } from '../contracts/parse.ts';
import { leaveBridgeNote, readBridgeNote } from '../lab/bridge-note.ts';
import { tokenCookie } from './web-guard.ts';

/** A call of a lab, in this process or in the one that owns the library. */
export type CallLab = <N extends ApiName>(name: N, parameters: ApiParameters<N>) => Promise<ApiResult<N>>;

const patienceMilliseconds = 10_000;
const resultTable: { readonly [N in ApiName]: { readonly result: z.ZodType<ApiResult<N>> } } = apiCalls;

/**
 * Leaves word in the library how verbs of this user reach its web host; nobody else can read it. Returns what takes it
 * away again.
 */
export async function announceBridge(
  library: string,
  address: string,
  certificate?: string,
): Promise<() => Promise<void>> {
  const { port, searchParams } = new URL(address);
  return leaveBridgeNote(library, {
    ...{ port: Number(port), token: searchParams.get('token') ?? '' },
    ...(certificate === undefined ? {} : { certificate }),
  });
}

export interface HostConnection {
  readonly call: CallLab;
  readonly close: () => void;
}

/** Reaches the host that owns a library, serving browsers or not; null where none has left word, or none answers there. */
export async function connectToHost(library: string): Promise<HostConnection | null> {
  const note = await readBridgeNote(library);
  if (note === null) return null;
  const host = `127.0.0.1:${String(note.port)}`;
  const secure = note.certificate === undefined ? '' : 's';
  const socket = new WebSocket(`ws${secure}://${host}/bridge`, {
    origin: `http${secure}://${host}`,
    ...pinned(note.certificate),
    // As a browser of a web host carries it, and as only a program can.
    headers: { cookie: `${tokenCookie(note.port)}=${note.token}`, authorization: `Bearer ${note.token}` },
    handshakeTimeout: patienceMilliseconds,
  });
  const open = await new Promise<boolean>((resolve) => {
    socket.once('open', () => resolve(true));
    // A token of an earlier start, or nobody there: the note is old.
    socket.on('error', () => resolve(false));
  });
  return open ? { call: callOver(socket), close: () => socket.close() } : null;
}

/** Trusts this one certificate, whatever name it is for: the note that carries it is this user's own. */
function pinned(certificate: string | undefined): ClientOptions {
  if (certificate === undefined) return {};
  const trust = { ca: certificate, allowPartialTrustChain: true };
  // False is no objection: the library wants a boolean, Node takes whatever is not an error for consent.
  return { ...trust, checkServerIdentity: () => false };
}

function callOver(socket: WebSocket): CallLab {
  const waiting = new Map<number, { settle: (result: unknown) => void; refuse: (error: MicrobatchError) => void }>();
  socket.on('message', (data) => {
    const text = Buffer.isBuffer(data) ? data.toString('utf8') : '';
    const message = wireMessage.safeParse(parseJson(text)).data;
    if (message === undefined || !('id' in message)) return;
    if ('error' in message) waiting.get(message.id)?.refuse(new MicrobatchError(message.error));
    else waiting.get(message.id)?.settle(message.result);
    waiting.delete(message.id);
  });
  socket.on('close', () => {
    const gone = { code: 'host/gone', message: 'the host that owns the library ended before it answered' };
    for (const { refuse } of waiting.values()) refuse(new MicrobatchError(gone));
    waiting.clear();
  });
  let id = 0;
  return async (name, parameters) => {
    id += 1;
    const answer = new Promise((settle, refuse) => waiting.set(id, { settle, refuse }));
    socket.send(JSON.stringify({ id, name, parameters }));
    return parseOrThrow(resultTable[name].result, await answer, {
      code: 'host/protocol',
      what: `the answer to ${name}`,
      remedy: 'the host that owns the library is of another version: start it again',
    });
  };
}
