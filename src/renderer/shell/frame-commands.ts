import { Keyboard, Monitor, Moon, PanelLeft, Plus, RotateCw, Search, Sun } from '@lucide/vue';
import { useRouter } from 'vue-router';
import { useCommands } from '../commands/commands.ts';
import type { Command } from '../commands/commands.ts';
import { useHost } from '../stores/bridge.ts';
import { useSession } from '../stores/session.ts';
import { useOverlays } from './overlays.ts';
import { screens } from './screens.ts';
import { useSideBar } from './side-bar.ts';

/** What can be done on every screen. */
export function useFrameCommands(): void {
  const router = useRouter();
  const session = useSession();
  const overlays = useOverlays();
  const sideBar = useSideBar();
  const { reconnection } = useHost();

  const goTo: readonly Command[] = screens.map(({ section, label, icon, keys }) => ({
    id: `go.${section}`,
    label: `Go to ${label}`,
    group: 'Go to',
    icon,
    keys,
    run: () => void router.push({ name: section }),
  }));

  useCommands(() => [
    ...goTo,
    {
      id: 'run.new',
      label: 'New run',
      group: 'Runs',
      icon: Plus,
      keys: 'N',
      run: () => void router.push({ name: 'new' }),
    },
    {
      id: 'frame.palette',
      label: 'Search runs and commands',
      group: 'Window',
      icon: Search,
      keys: 'Ctrl+K',
      quiet: true,
      run: () => {
        overlays.palette = !overlays.palette;
      },
    },
    {
      id: 'frame.shortcuts',
      label: 'Show all shortcuts',
      group: 'Window',
      icon: Keyboard,
      keys: '?',
      run: () => {
        overlays.shortcuts = true;
      },
    },
    {
      id: 'frame.sidebar',
      label: sideBar.isWide ? 'Narrow the sidebar' : 'Widen the sidebar',
      group: 'Window',
      icon: PanelLeft,
      keys: 'Ctrl+\\',
      run: () => sideBar.toggle(),
    },
    themeCommand('light', 'Use the light theme', Sun),
    themeCommand('dark', 'Use the dark theme', Moon),
    themeCommand('system', 'Follow the theme of the system', Monitor),
    ...(session.connection === 'lost' && reconnection !== null
      ? [
          {
            id: 'frame.reconnect',
            label: 'Connect again now',
            group: 'Window',
            icon: RotateCw,
            run: reconnection.tryNow,
          },
        ]
      : []),
  ]);

  function themeCommand(theme: 'light' | 'dark' | 'system', label: string, icon: Command['icon'] & object): Command {
    const hint = session.settings.theme === theme ? 'in use' : undefined;
    return {
      id: `theme.${theme}`,
      label,
      group: 'Window',
      icon,
      run: () => void session.setTheme(theme),
      ...(hint === undefined ? {} : { hint }),
    };
  }
}
