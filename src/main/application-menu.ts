import { app, Menu, nativeTheme } from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import type { Settings } from '../contracts/settings.ts';
import type { Lab, SettingsStore } from '../lab/lab.ts';

export interface MenuOptions {
  readonly lab: Lab;
  readonly settings: SettingsStore;
  /** False where the machine's policy decides the theme. */
  readonly mayChangeTheme: boolean;
  /** Null where the library cannot be changed. */
  readonly changeLibrary: (() => void) | null;
  readonly showLog: () => void;
}

const themes: readonly (readonly [Settings['theme'], string])[] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

/** Sets the application's menu and its theme, and keeps both as the settings say, whoever changes them. */
export function keepMenu(options: MenuOptions): void {
  const { lab, settings } = options;
  let { theme } = settings.readSettings();
  const show = (): void => {
    nativeTheme.themeSource = theme;
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(options, theme)));
  };
  show();
  lab.subscribe((name) => {
    if (name !== 'settings.changed' || settings.readSettings().theme === theme) return;
    theme = settings.readSettings().theme;
    show();
  });
}

/** Standard roles, so that shortcuts and names are those of the platform. */
function menuTemplate(
  { lab, changeLibrary, showLog, mayChangeTheme }: MenuOptions,
  current: Settings['theme'],
): MenuItemConstructorOptions[] {
  const isMac = process.platform === 'darwin';
  const appearance: MenuItemConstructorOptions[] = themes.map(([theme, label]) => ({
    label,
    type: 'radio',
    checked: theme === current,
    enabled: mayChangeTheme,
    click: () => void lab.handlers['settings.write']({ theme }),
  }));
  const openLibrary: MenuItemConstructorOptions[] =
    changeLibrary === null
      ? []
      : [{ label: 'Open library…', accelerator: 'CmdOrCtrl+O', click: changeLibrary }, { type: 'separator' }];
  // Reload and developer tools are for development only.
  const tools: MenuItemConstructorOptions[] = app.isPackaged
    ? []
    : [{ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' }];
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    { label: 'File', submenu: [...openLibrary, { role: isMac ? 'close' : 'quit' }] },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        { label: 'Appearance', submenu: appearance },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        ...tools,
      ],
    },
    { role: 'windowMenu' },
    { role: 'help', submenu: [{ label: 'Show log file', click: showLog }, { role: 'about' }] },
  ];
}
