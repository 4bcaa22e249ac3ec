import {
  ClipboardCopy,
  FolderOpen,
  HardDrive,
  Info,
  Keyboard,
  Monitor,
  Moon,
  OctagonPause,
  PanelLeft,
  Plus,
  RefreshCw,
  RotateCw,
  ScrollText,
  Search,
  Sun,
} from '@lucide/vue';
import { useRouter } from 'vue-router';
import type { HostCommandId } from '../../contracts/commands.ts';
import { useCommands } from '../commands/commands.ts';
import type { OfferedCommand } from '../commands/commands.ts';
import { useBridge, useHost } from '../stores/bridge.ts';
import { useCatalogue } from '../stores/catalogue.ts';
import { useSession } from '../stores/session.ts';
import { useToasts } from '../stores/toasts.ts';
import { useOverlays } from './overlays.ts';
import { screens } from './screens.ts';
import { useDiagnostics } from './diagnostics.ts';
import { useSideBar } from './side-bar.ts';

/** What can be done on every screen. */
export function useFrameCommands(): void {
  const router = useRouter();
  const session = useSession();
  const overlays = useOverlays();
  const sideBar = useSideBar();
  const { reconnection } = useHost();
  const copyDiagnostics = useDiagnostics();

  const goTo: readonly OfferedCommand[] = screens.map(({ section, icon }) => ({
    id: `go.${section}`,
    icon,
    run: () => void router.push({ name: section }),
  }));

  useCommands(() => [
    ...goTo,
    { id: 'go.retention', icon: HardDrive, run: () => void router.push({ name: 'retention' }) },
    { id: 'go.early-stop', icon: OctagonPause, run: () => void router.push({ name: 'early-stop' }) },
    { id: 'run.new', icon: Plus, run: () => void router.push({ name: 'new' }) },
    {
      id: 'frame.palette',
      icon: Search,
      run: () => {
        overlays.palette = !overlays.palette;
      },
    },
    {
      id: 'frame.shortcuts',
      icon: Keyboard,
      run: () => {
        overlays.shortcuts = true;
      },
    },
    {
      id: 'frame.sidebar',
      label: sideBar.isWide ? 'Narrow the sidebar' : 'Widen the sidebar',
      icon: PanelLeft,
      run: () => sideBar.toggle(),
    },
    {
      id: 'frame.about',
      icon: Info,
      run: () => {
        overlays.about = true;
      },
    },
    { id: 'frame.diagnostics', icon: ClipboardCopy, run: () => void copyDiagnostics() },
    themeCommand('light', Sun),
    themeCommand('dark', Moon),
    themeCommand('system', Monitor),
    ...(session.connection === 'lost' && reconnection !== null
      ? [{ id: 'frame.reconnect' as const, icon: RotateCw, run: reconnection.tryNow }]
      : []),
  ]);
  useHostCommands();

  function themeCommand(theme: 'light' | 'dark' | 'system', icon: OfferedCommand['icon'] & object): OfferedCommand {
    const inUse = session.settings.theme === theme;
    return {
      id: `theme.${theme}`,
      icon,
      run: () => void session.setTheme(theme),
      ...(inUse ? { hint: 'in use' } : {}),
    };
  }
}

const hostIcons: Readonly<Record<HostCommandId, OfferedCommand['icon'] & object>> = {
  'library.open': FolderOpen,
  'library.open-recent': FolderOpen,
  'updates.check': RefreshCw,
  'log.show': ScrollText,
};

/** What the host does for its windows, as far as this one does. */
function useHostCommands(): void {
  const bridge = useBridge();
  const catalogue = useCatalogue();
  const toasts = useToasts();

  function ask(command: HostCommandId, file?: string): void {
    const parameters = file === undefined ? { command } : { command, file };
    bridge.call('commands.run', parameters).catch((thrown: unknown) => toasts.showError(thrown));
  }

  useCommands(() => {
    const { commands = [], recentLibraries = [] } = catalogue.host ?? {};
    return commands.flatMap((id): OfferedCommand[] => {
      const icon = hostIcons[id];
      if (id !== 'library.open-recent') return [{ id, icon, run: () => ask(id) }];
      return recentLibraries.map(({ file, path }) => ({
        id,
        of: file,
        icon,
        label: `Open library ${path}`,
        run: () => ask(id, file),
      }));
    });
  });
}
