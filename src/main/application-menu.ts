import { Menu } from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import type { Settings } from '../contracts/api.ts';

export interface MenuOptions {
  readonly theme: Settings['theme'];
  readonly setTheme: (theme: Settings['theme']) => void;
  /** Reload and developer tools are for development only. */
  readonly development: boolean;
}

const themes: readonly (readonly [Settings['theme'], string])[] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

/** Sets the application's menu: standard roles, so that shortcuts and names are those of the platform. */
export function setApplicationMenu({ theme, setTheme, development }: MenuOptions): void {
  const appearance: MenuItemConstructorOptions[] = themes.map(([id, label]) => ({
    label,
    type: 'radio',
    checked: id === theme,
    click: () => setTheme(id),
  }));
  const tools: MenuItemConstructorOptions[] = development
    ? [{ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' }]
    : [];
  const template: MenuItemConstructorOptions[] = [
    ...(process.platform === 'darwin' ? [{ role: 'appMenu' } as const] : []),
    { role: 'fileMenu' },
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
    { role: 'help', submenu: [{ role: 'about' }] },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
