import { app, Menu, nativeTheme } from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import type { ApiEmit } from '../contracts/api.ts';
import { commandsOfMenu, commandTable, isHostCommand, menuLabelOf } from '../contracts/commands.ts';
import type { CommandId, CommandMenu } from '../contracts/commands.ts';
import type { Settings } from '../contracts/settings.ts';
import type { Lab } from '../lab/lab.ts';
import type { SettingsStore } from '../lab/lab-options.ts';
import { acceleratorOf } from './accelerators.ts';
import type { HostCommands } from './host-commands.ts';

export interface MenuOptions {
  readonly lab: Lab;
  readonly settings: SettingsStore;
  /** False where the machine's policy decides the theme. */
  readonly mayChangeTheme: boolean;
  readonly hostCommands: HostCommands;
  /** Asks the window to do one of its commands. */
  readonly invoke: ApiEmit;
}

const themes: readonly Settings['theme'][] = ['system', 'light', 'dark'];

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

/** Commands of the table between standard roles, whose shortcuts and names are those of the platform. */
function menuTemplate(options: MenuOptions, current: Settings['theme']): MenuItemConstructorOptions[] {
  const { lab, mayChangeTheme } = options;
  const isMac = process.platform === 'darwin';
  const itemsOf = (menu: CommandMenu): MenuItemConstructorOptions[] =>
    commandsOfMenu(menu).flatMap((id) => commandItem(id, options));
  const appearance: MenuItemConstructorOptions[] = themes.map((theme) => ({
    label: menuLabelOf(`theme.${theme}`),
    type: 'radio',
    checked: theme === current,
    enabled: mayChangeTheme,
    click: () => void lab.handlers['settings.write']({ theme }),
  }));
  // Reload and developer tools are for development only.
  const tools: MenuItemConstructorOptions[] = app.isPackaged
    ? []
    : [{ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' }];
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: 'File',
      submenu: [...itemsOf('file'), { type: 'separator' }, { role: isMac ? 'close' : 'quit' }],
    },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        ...itemsOf('view'),
        { label: 'Appearance', submenu: appearance },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        ...tools,
      ],
    },
    { label: 'Go', submenu: itemsOf('go') },
    { role: 'windowMenu' },
    { role: 'help', submenu: itemsOf('help') },
  ];
}

function commandItem(id: CommandId, { hostCommands, invoke }: MenuOptions): MenuItemConstructorOptions[] {
  const label = menuLabelOf(id);
  if (!isHostCommand(id)) {
    // The page hears the keys first and does the command by itself: the menu only shows them.
    const accelerator = acceleratorOf(commandTable[id].keys);
    const keys = accelerator === null ? {} : { accelerator, registerAccelerator: false };
    return [{ label, ...keys, click: () => invoke('command.invoked', { command: id }) }];
  }
  if (!hostCommands.offered.includes(id)) return [];
  if (id === 'library.open-recent') {
    const submenu = hostCommands
      .recentLibraries()
      .map(({ path }) => ({ label: path, click: () => void hostCommands.run(id, path) }));
    return [{ label, enabled: submenu.length > 0, submenu }];
  }
  const accelerator = acceleratorOf(commandTable[id].keys);
  return [{ label, ...(accelerator === null ? {} : { accelerator }), click: () => void hostCommands.run(id) }];
}
