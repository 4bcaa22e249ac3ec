import type { EventEmitter } from 'node:events';
import { z } from 'zod';
import { BrowserWindow, defaultSession, PreventableEvent } from './windows.ts';
import { forked } from './utility-process.ts';

const page = z.string();
export const commandSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('describe') }),
  /** Calls a handler of ipcMain as a page at `from` would; `frame: 'inner'` calls from a frame inside it. */
  z.object({
    do: z.literal('invoke'),
    channel: z.string(),
    parameters: z.unknown(),
    from: page,
    frame: z.enum(['top', 'inner']),
  }),
  /** The same on a channel that takes one thing and no id. */
  z.object({ do: z.literal('send'), channel: z.string(), sent: z.unknown(), from: page }),
  z.object({ do: z.literal('request'), scheme: z.string(), url: z.string(), method: z.string() }),
  z.object({ do: z.literal('permission'), permission: z.string(), from: page }),
  /** Emits a navigation event on the window's page and tells whether it was prevented. */
  z.object({ do: z.literal('navigate'), event: z.string(), url: z.string() }),
  z.object({ do: z.literal('open-window'), url: z.string() }),
  /** What was sent to the window's page since the last time. */
  z.object({ do: z.literal('take-sent') }),
  z.object({ do: z.literal('answer-dialog'), button: z.int() }),
  /** The folder that the next open dialog yields. */
  z.object({ do: z.literal('choose-folder'), folder: z.string() }),
  /** Clicks the item with these labels, from the menu bar down. */
  z.object({ do: z.literal('click-menu'), labels: z.array(z.string()) }),
  z.object({ do: z.literal('crash-page'), reason: z.string() }),
  /** Throws where nothing catches. */
  z.object({ do: z.literal('throw'), message: z.string() }),
  z.object({ do: z.literal('close-window') }),
  /** A second start, with its command line behind the program and its folder. */
  z.object({ do: z.literal('second-instance'), commandLine: z.array(z.string()).default([]) }),
  /** As macOS tells of a file that is opened. */
  z.object({ do: z.literal('open-file'), path: z.string() }),
  /** The labels of the items below these, from the menu bar down. */
  z.object({ do: z.literal('read-menu'), labels: z.array(z.string()) }),
  z.object({ do: z.literal('focus'), focused: z.boolean() }),
  /** The machine goes to sleep, or wakes. */
  z.object({ do: z.literal('power'), event: z.enum(['suspend', 'resume']) }),
  z.object({ do: z.literal('click-notification') }),
  z.object({ do: z.literal('quit') }),
]);
export type Command = z.input<typeof commandSchema>;

export interface MenuItemDouble {
  readonly label?: string;
  readonly role?: string;
  readonly accelerator?: string;
  readonly checked?: boolean;
  readonly submenu?: readonly MenuItemDouble[];
  readonly click?: () => void;
}

export interface Doubles {
  readonly app: EventEmitter & { quit(): void };
  readonly ipcMain: {
    readonly handlers: ReadonlyMap<string, (event: unknown, ...sent: unknown[]) => Promise<unknown>>;
  } & EventEmitter;
  readonly protocol: {
    readonly privileged: readonly unknown[];
    readonly handlers: ReadonlyMap<string, (request: Request) => Promise<Response>>;
  };
  readonly dialog: { readonly answers: number[]; readonly folders: string[]; readonly shown: readonly unknown[] };
  readonly shell: { readonly opened: readonly string[] };
  readonly Menu: { readonly shown: readonly MenuItemDouble[] };
  readonly powerSaveBlocker: { readonly blocking: boolean };
  readonly nativeTheme: { readonly themeSource: string };
  readonly powerMonitor: EventEmitter;
  readonly Notification: {
    readonly shown: readonly (EventEmitter & { readonly options: object; readonly open: boolean })[];
  };
  readonly Tray: { readonly shown: { readonly image: unknown; readonly toolTip: string } | null };
}

/** Answers the test's commands, which arrive as messages to this process. Ends with the test. */
export function listenForCommands(doubles: Doubles): void {
  const envelope = z.object({ id: z.int(), command: commandSchema });
  process.on('message', (message) => {
    const { id, command } = envelope.parse(message);
    obey(doubles, command).then(
      (value) => process.send?.({ id, value }),
      (error: unknown) => process.send?.({ id, error: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}

function onlyWindow(): BrowserWindow {
  const [window] = BrowserWindow.getAllWindows();
  if (window === undefined) throw new Error('there is no window');
  return window;
}

function menuItem(labels: readonly string[], items: readonly MenuItemDouble[]): MenuItemDouble {
  const [label, ...below] = labels;
  const item = items.find((candidate) => candidate.label === label);
  if (item === undefined) throw new Error(`no menu item ${String(label)}`);
  return below.length === 0 ? item : menuItem(below, item.submenu ?? []);
}

async function obey(doubles: Doubles, command: z.output<typeof commandSchema>): Promise<unknown> {
  const { app, ipcMain, protocol, dialog, shell, Menu, powerSaveBlocker, nativeTheme } = doubles;
  switch (command.do) {
    case 'describe':
      return {
        windows: BrowserWindow.getAllWindows().map(({ options, webContents, visible }) => ({
          webPreferences: options.webPreferences,
          url: webContents.mainFrame.url,
          visible,
          reloads: webContents.reloads,
        })),
        channels: [...ipcMain.handlers.keys()],
        listeners: ipcMain.eventNames(),
        privileged: protocol.privileged,
        schemes: [...protocol.handlers.keys()],
        opened: shell.opened,
        dialogs: dialog.shown,
        staysAwake: powerSaveBlocker.blocking,
        theme: nativeTheme.themeSource,
        forked,
        notifications: doubles.Notification.shown.map(({ options, open }) => ({ ...options, open })),
        tray:
          doubles.Tray.shown === null ? null : { image: doubles.Tray.shown.image, toolTip: doubles.Tray.shown.toolTip },
      };
    case 'invoke': {
      const handler = ipcMain.handlers.get(command.channel);
      if (handler === undefined) throw new Error(`no handler for ${command.channel}`);
      const senderFrame = { url: command.from };
      const mainFrame = command.frame === 'top' ? senderFrame : { url: command.from };
      return structuredClone(
        await handler({ senderFrame, sender: { mainFrame } }, 1, structuredClone(command.parameters)),
      );
    }
    case 'send': {
      const handler = ipcMain.handlers.get(command.channel);
      const senderFrame = { url: command.from };
      const caller = { senderFrame, sender: { mainFrame: senderFrame } };
      return structuredClone(await handler?.(caller, structuredClone(command.sent)));
    }
    case 'request': {
      const handler = protocol.handlers.get(command.scheme);
      if (handler === undefined) throw new Error(`no handler for ${command.scheme}`);
      const response = await handler(new Request(command.url, { method: command.method }));
      return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
    }
    case 'permission': {
      const request = await new Promise((decide) => {
        defaultSession.permissionRequest?.(null, command.permission, decide, { requestingUrl: command.from });
      });
      const check = defaultSession.permissionCheck?.(null, command.permission, command.from);
      return { request, check, device: defaultSession.devicePermission?.({ deviceType: 'usb' }) };
    }
    case 'navigate': {
      const event = new PreventableEvent(command.url);
      onlyWindow().webContents.emit(command.event, event);
      return { prevented: event.prevented };
    }
    case 'open-window':
      return onlyWindow().webContents.openHandler?.({ url: command.url });
    case 'take-sent':
      return onlyWindow().webContents.sent.splice(0);
    case 'answer-dialog':
      return dialog.answers.push(command.button);
    case 'choose-folder':
      return dialog.folders.push(command.folder);
    case 'click-menu':
      menuItem(command.labels, Menu.shown).click?.();
      return null;
    case 'crash-page':
      return onlyWindow().webContents.emit('render-process-gone', {}, { reason: command.reason, exitCode: 1 });
    case 'throw':
      setImmediate(() => {
        throw new Error(command.message);
      });
      return null;
    case 'close-window':
      onlyWindow().close();
      return null;
    case 'second-instance':
      return app.emit('second-instance', {}, ['electron', '.', ...command.commandLine], '/');
    case 'open-file':
      return app.emit('open-file', new PreventableEvent(), command.path);
    case 'read-menu':
      return (menuItem(command.labels, Menu.shown).submenu ?? []).map(({ label, role, accelerator }) => ({
        label: label ?? role,
        accelerator,
      }));
    case 'focus':
      if (command.focused) onlyWindow().focus();
      else onlyWindow().blur();
      return null;
    case 'power':
      return doubles.powerMonitor.emit(command.event);
    case 'click-notification':
      return doubles.Notification.shown.at(-1)?.emit('click');
    case 'quit':
      app.quit();
      return null;
  }
}
