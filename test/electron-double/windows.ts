import { EventEmitter } from 'node:events';

/** An event that its listeners may prevent. */
export class PreventableEvent {
  prevented = false;
  readonly url: string;
  constructor(url = '') {
    this.url = url;
  }
  preventDefault(): void {
    this.prevented = true;
  }
}

type PermissionRequest = (
  contents: unknown,
  permission: string,
  decide: (granted: boolean) => void,
  details: { requestingUrl: string },
) => void;

/** Keeps the handlers that the application sets, so that a test can ask them. */
class SessionDouble {
  permissionRequest: PermissionRequest | null = null;
  permissionCheck: ((contents: unknown, permission: string, origin: string) => boolean) | null = null;
  devicePermission: ((details: unknown) => boolean) | null = null;
  setPermissionRequestHandler(handler: PermissionRequest): void {
    this.permissionRequest = handler;
  }
  setPermissionCheckHandler(handler: (contents: unknown, permission: string, origin: string) => boolean): void {
    this.permissionCheck = handler;
  }
  setDevicePermissionHandler(handler: (details: unknown) => boolean): void {
    this.devicePermission = handler;
  }
}
export const defaultSession = new SessionDouble();

type OpenHandler = (details: { url: string }) => { action: string };

class WebContentsDouble extends EventEmitter {
  readonly mainFrame = { url: 'about:blank' };
  readonly session = defaultSession;
  readonly sent: { channel: string; sent: unknown[] }[] = [];
  openHandler: OpenHandler | null = null;
  reloads = 0;
  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler;
  }
  send(channel: string, ...sent: unknown[]): void {
    // What Electron cannot clone must fail here too.
    this.sent.push({ channel, sent: structuredClone(sent) });
    this.#say('microbatch:received');
  }
  /** As the preload script of a page that has just been loaded. */
  begin(): void {
    this.#say('microbatch:listening');
  }
  #say(channel: string): void {
    setImmediate(() => windowEvents.emit('page-said', channel, { sender: this, senderFrame: this.mainFrame }));
  }
  reload(): void {
    this.reloads += 1;
    this.begin();
  }
  isDestroyed(): boolean {
    return false;
  }
}

export interface WindowOptions {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly webPreferences?: Readonly<Record<string, unknown>>;
}

/** Told of every new page and of the last window's end, as the application object of Electron is. */
export const windowEvents = new EventEmitter();

export class BrowserWindow extends EventEmitter {
  static readonly all = new Set<BrowserWindow>();
  static getAllWindows(): BrowserWindow[] {
    return [...BrowserWindow.all];
  }
  readonly options: WindowOptions;
  readonly webContents = new WebContentsDouble();
  visible = false;
  focused = true;
  #bounds: { x: number; y: number; width: number; height: number };

  constructor(options: WindowOptions) {
    super();
    this.options = options;
    this.#bounds = { x: options.x, y: options.y, width: options.width, height: options.height };
    BrowserWindow.all.add(this);
    windowEvents.emit('created', this.webContents);
  }
  loadURL(url: string): Promise<void> {
    this.webContents.mainFrame.url = url;
    this.webContents.begin();
    setImmediate(() => this.emit('ready-to-show'));
    return Promise.resolve();
  }
  close(): void {
    const event = new PreventableEvent();
    this.emit('close', event);
    if (!event.prevented) this.destroy();
  }
  destroy(): void {
    BrowserWindow.all.delete(this);
    this.emit('closed');
    if (BrowserWindow.all.size === 0) windowEvents.emit('all-closed');
  }
  isDestroyed(): boolean {
    return !BrowserWindow.all.has(this);
  }
  getNormalBounds(): { x: number; y: number; width: number; height: number } {
    return this.#bounds;
  }
  setBounds(bounds: { x: number; y: number; width: number; height: number }): void {
    this.#bounds = bounds;
  }
  show(): void {
    this.visible = true;
    this.emit('show');
  }
  hide(): void {
    this.visible = false;
    this.emit('hide');
  }
  isVisible(): boolean {
    return this.visible;
  }
  isFocused(): boolean {
    return this.focused;
  }
  isMinimized(): boolean {
    return false;
  }
  isMaximized(): boolean {
    return false;
  }
  readonly maximize = (): void => undefined;
  readonly restore = (): void => undefined;
  focus(): void {
    this.focused = true;
    this.emit('focus');
  }
  blur(): void {
    this.focused = false;
    this.emit('blur');
  }
  readonly setBackgroundColor = (): void => undefined;
  readonly setTitleBarOverlay = (): void => undefined;
}
