import { BrowserWindow, nativeTheme, screen } from 'electron';
import type { WindowBounds } from '../lab/stored-settings.ts';
import { placeWindow, smallestWindow } from './window-bounds.ts';
import { windowPreferences } from './window-preferences.ts';

export interface MainWindowOptions {
  /** File of the preload script. */
  readonly preload: string;
  readonly remembered: WindowBounds | null;
  /** Told where the window stood when it closes. */
  readonly remember: (bounds: WindowBounds) => void;
}

/** Colours of the frame before the page paints and around the window's buttons: surface-1, surface-2 and text-2 of the design. */
const frameColours = {
  light: { page: '#ffffff', bar: '#f6f7f9', symbols: '#48505c' },
  dark: { page: '#15181d', bar: '#1a1e24', symbols: '#b0b8c3' },
} as const;
const titleBarHeight = 36;

const currentColours = (): (typeof frameColours)['light' | 'dark'] =>
  nativeTheme.shouldUseDarkColors ? frameColours.dark : frameColours.light;

/** Makes the application's window where it stood last; it shows itself once its first page has painted. */
export function openMainWindow({ preload, remembered, remember }: MainWindowOptions): BrowserWindow {
  const areas = screen.getAllDisplays().map((display) => display.workArea);
  const { maximized, ...bounds } = placeWindow(remembered, areas);
  const colours = currentColours();
  const window = new BrowserWindow({
    ...bounds,
    minWidth: smallestWindow.width,
    minHeight: smallestWindow.height,
    show: false,
    title: 'Microbatch',
    backgroundColor: colours.page,
    titleBarStyle: 'hidden',
    titleBarOverlay: { height: titleBarHeight, color: colours.bar, symbolColor: colours.symbols },
    webPreferences: windowPreferences(preload),
  });
  window.once('ready-to-show', () => {
    if (maximized) window.maximize();
    window.show();
  });
  window.on('close', () => remember({ ...window.getNormalBounds(), maximized: window.isMaximized() }));
  const recolour = (): void => {
    const { page, bar, symbols } = currentColours();
    window.setBackgroundColor(page);
    if (process.platform !== 'darwin') {
      window.setTitleBarOverlay({ height: titleBarHeight, color: bar, symbolColor: symbols });
    }
  };
  nativeTheme.on('updated', recolour);
  window.once('closed', () => nativeTheme.off('updated', recolour));
  return window;
}

/** Brings a window to the front, wherever it was. */
export function bringForward(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
