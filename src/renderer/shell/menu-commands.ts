import { onScopeDispose } from 'vue';
import { useCommandTable } from '../commands/commands.ts';
import { useBridge } from '../stores/bridge.ts';

/** Does what a native menu of the application asks for, as if its shortcut had been pressed. */
export function useMenuCommands(): void {
  const table = useCommandTable();
  onScopeDispose(useBridge().subscribe('command.invoked', ({ command }) => void table.run(command)));
}
