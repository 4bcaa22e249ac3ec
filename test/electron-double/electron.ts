/**
 * A small double of Electron for the built main process: it records what the application sets up and lets a test
 * ask and act through messages (commands.ts). It shows no window and runs no Chromium.
 */
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { listenForCommands } from './commands.ts';
import type { MenuItemDouble } from './commands.ts';
import { BrowserWindow, defaultSession, PreventableEvent, windowEvents } from './windows.ts';
import { utilityEvents, utilityProcess } from './utility-process.ts';

type Invoke = (event: unknown, ...sent: unknown[]) => Promise<unknown>;

class AppDouble extends EventEmitter {
  readonly isPackaged = process.env.DOUBLE_PACKAGED === '1';
  name = 'microbatch';
  #ready = false;
  readonly #whenReady = new Promise<void>((resolve) => {
    setImmediate(() => {
      this.#ready = true;
      this.emit('ready');
      resolve();
    });
  });
  whenReady(): Promise<void> {
    return this.#whenReady;
  }
  isReady(): boolean {
    return this.#ready;
  }
  requestSingleInstanceLock(): boolean {
    return process.env.DOUBLE_SECOND_INSTANCE !== '1';
  }
  getPath(name: string): string {
    return join(process.env.DOUBLE_USER_DATA ?? '/nonexistent', name);
  }
  getVersion(): string {
    return '0.0.0-double';
  }
  setName(name: string): void {
    this.name = name;
  }
  quit(): void {
    const event = new PreventableEvent();
    this.emit('before-quit', event);
    if (event.prevented) return;
    this.emit('will-quit', new PreventableEvent());
    this.exit(0);
  }
  exit(code = 0): void {
    if (this.relaunched) console.log('double: relaunched');
    process.exit(code);
  }
  relaunched = false;
  relaunch(): void {
    this.relaunched = true;
  }
  readonly enableSandbox = (): void => undefined;
  readonly setAppUserModelId = (): void => undefined;
  readonly setAboutPanelOptions = (): void => undefined;
}
export const app = new AppDouble();
// A packaged application is its own program: there is no script before the files of its command line.
if (app.isPackaged) process.argv.splice(1, 1);
windowEvents.on('created', (contents) => app.emit('web-contents-created', {}, contents));
utilityEvents.on('gone', (...details: unknown[]) => app.emit('child-process-gone', ...details));
windowEvents.on('all-closed', () => app.emit('window-all-closed'));
windowEvents.on('page-said', (channel: string, event: object) => ipcMain.emit(channel, event));

class IpcMainDouble extends EventEmitter {
  readonly handlers = new Map<string, Invoke>();
  handle(channel: string, listener: Invoke): void {
    if (this.handlers.has(channel)) throw new Error(`second handler for ${channel}`);
    this.handlers.set(channel, listener);
  }
}
export const ipcMain = new IpcMainDouble();

export const protocol = {
  privileged: [] as unknown[],
  handlers: new Map<string, (request: Request) => Promise<Response>>(),
  registerSchemesAsPrivileged(schemes: unknown[]): void {
    if (app.isReady()) throw new Error('schemes must be registered before the application is ready');
    protocol.privileged.push(...schemes);
  },
  handle(scheme: string, handler: (request: Request) => Promise<Response>): void {
    protocol.handlers.set(scheme, handler);
  },
};

/** Answers to what is asked before a test can speak: the buttons pressed and the folders chosen. */
const answers = z
  .object({ buttons: z.array(z.int()), folders: z.array(z.string()) })
  .parse(JSON.parse(process.env.DOUBLE_ANSWERS ?? '{"buttons":[],"folders":[]}'));

export const dialog = {
  answers: answers.buttons,
  folders: answers.folders,
  shown: [] as unknown[],
  showMessageBox(...parameters: unknown[]): Promise<{ response: number }> {
    dialog.shown.push(parameters.at(-1));
    return Promise.resolve({ response: dialog.answers.shift() ?? 0 });
  },
  showOpenDialog(): Promise<{ canceled: boolean; filePaths: string[] }> {
    const folder = dialog.folders.shift();
    return Promise.resolve({ canceled: folder === undefined, filePaths: folder === undefined ? [] : [folder] });
  },
  showErrorBox(title: string, content: string): void {
    dialog.shown.push({ title, content });
  },
};

export const shell = {
  opened: [] as string[],
  openExternal(url: string): Promise<void> {
    shell.opened.push(url);
    return Promise.resolve();
  },
  showItemInFolder: (): void => undefined,
};

export const Menu = {
  shown: [] as MenuItemDouble[],
  buildFromTemplate: (template: MenuItemDouble[]): MenuItemDouble[] => template,
  setApplicationMenu: (template: MenuItemDouble[]): void => {
    Menu.shown = template;
  },
};
export const nativeTheme = Object.assign(new EventEmitter(), { themeSource: 'system', shouldUseDarkColors: false });
export const powerMonitor = new EventEmitter();
export const powerSaveBlocker = {
  blocking: false,
  start(): number {
    powerSaveBlocker.blocking = true;
    return 1;
  },
  stop(): void {
    powerSaveBlocker.blocking = false;
  },
};
/** Notifications that were shown, the latest last. */
export class Notification extends EventEmitter {
  static readonly shown: Notification[] = [];
  static readonly isSupported = (): boolean => true;
  readonly options: { readonly title: string; readonly body: string };
  open = false;
  constructor(options: { title: string; body: string }) {
    super();
    this.options = options;
  }
  show(): void {
    this.open = true;
    Notification.shown.push(this);
  }
  close(): void {
    this.open = false;
  }
}
export const nativeImage = { createFromPath: (path: string) => ({ path }) };
export class Tray extends EventEmitter {
  static shown: Tray | null = null;
  readonly image: unknown;
  toolTip = '';
  constructor(image: unknown) {
    super();
    this.image = image;
    Tray.shown = this;
  }
  setToolTip(words: string): void {
    this.toolTip = words;
  }
  readonly setContextMenu = (): void => undefined;
  destroy(): void {
    Tray.shown = null;
  }
}
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }] };
export const session = { defaultSession };
export { BrowserWindow, utilityProcess };

export default { app, BrowserWindow, dialog, ipcMain, Menu, nativeTheme, protocol, screen, session, shell };

listenForCommands({
  app,
  ipcMain,
  protocol,
  dialog,
  shell,
  Menu,
  powerSaveBlocker,
  nativeTheme,
  powerMonitor,
  Notification,
  Tray,
});
