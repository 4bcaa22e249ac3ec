/**
 * A small double of Electron for the built main process: it records what the application sets up and lets a test
 * ask and act through messages (commands.ts). It shows no window and runs no Chromium.
 */
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { listenForCommands } from './commands.ts';
import { BrowserWindow, defaultSession, PreventableEvent, windowEvents } from './windows.ts';
import { utilityProcess } from './utility-process.ts';

type Invoke = (event: unknown, parameters: unknown) => Promise<unknown>;

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
    process.exit(code);
  }
  readonly enableSandbox = (): void => undefined;
  readonly setAppUserModelId = (): void => undefined;
  readonly setAboutPanelOptions = (): void => undefined;
}
export const app = new AppDouble();
windowEvents.on('created', (contents) => app.emit('web-contents-created', {}, contents));
windowEvents.on('all-closed', () => app.emit('window-all-closed'));

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

export const dialog = {
  answers: [] as number[],
  shown: [] as unknown[],
  showMessageBox(...parameters: unknown[]): Promise<{ response: number }> {
    dialog.shown.push(parameters.at(-1));
    return Promise.resolve({ response: dialog.answers.shift() ?? 0 });
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
};

export const Menu = {
  buildFromTemplate: (template: unknown): unknown => template,
  setApplicationMenu: (): void => undefined,
};
export const nativeTheme = Object.assign(new EventEmitter(), { themeSource: 'system', shouldUseDarkColors: false });
export const powerMonitor = new EventEmitter();
export const powerSaveBlocker = { start: (): number => 1, stop: (): void => undefined };
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }] };
export const session = { defaultSession };
export { BrowserWindow, utilityProcess };

export default { app, BrowserWindow, dialog, ipcMain, Menu, nativeTheme, protocol, screen, session, shell };

listenForCommands({ app, ipcMain, protocol, dialog, shell });
