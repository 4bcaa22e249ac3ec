import type { IpcMainEvent } from 'electron';
import type { ApiEmit } from '../contracts/api.ts';
import { eventChannel, listeningChannel, receivedChannel } from '../contracts/channels.ts';
import { EventOutlet } from '../lab/event-outlet.ts';
import { isOwnCaller } from './ipc.ts';

/** Events that may be on their way to a window, unconfirmed. */
const mostOnTheWay = 64;

/** The part of a window's page that events are sent through. */
export interface EventPage {
  isDestroyed(): boolean;
  send(channel: string, ...sent: unknown[]): void;
}

/** The part of `ipcMain` that is needed. */
interface Registry {
  on(channel: string, listener: (event: IpcMainEvent) => void): void;
}

export interface WindowEventsOptions {
  readonly page: EventPage;
  readonly registry: Registry;
  readonly ownAddress: string;
}

/**
 * The way of events to a window. Electron queues what it sends without limit, so the window confirms every event, and
 * one that falls behind gets joined and newest ones only (EventOutlet). Nothing is sent before a page listens.
 */
export function sendEventsTo({ page, registry, ownAddress }: WindowEventsOptions): ApiEmit {
  let onTheWay = 0;
  let isListening = false;
  const send = (...sent: unknown[]): void => {
    onTheWay += 1;
    page.send(eventChannel, ...sent);
  };
  const outlet = new EventOutlet({
    isReady: () => isListening && onTheWay < mostOnTheWay && !page.isDestroyed(),
    send,
    sendMissed: () => send(null, null),
  });
  registry.on(receivedChannel, (event) => {
    if (event.sender !== page || !isOwnCaller(event, ownAddress)) return;
    onTheWay = Math.max(0, onTheWay - 1);
    outlet.flush();
  });
  registry.on(listeningChannel, (event) => {
    if (event.sender !== page || !isOwnCaller(event, ownAddress)) return;
    // A page that begins to listen reads everything; what was on the way to the page before it is gone.
    outlet.clear();
    onTheWay = 0;
    isListening = true;
  });
  return outlet.push;
}
