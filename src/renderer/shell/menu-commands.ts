import { onScopeDispose } from 'vue';
import { useRouter } from 'vue-router';
import { useCommandTable } from '../commands/commands.ts';
import { useBridge } from '../stores/bridge.ts';

/** Does what a native menu or a notification of the application asks for, as if it had been done in the window. */
export function useMenuCommands(): void {
  const table = useCommandTable();
  const bridge = useBridge();
  const router = useRouter();
  onScopeDispose(bridge.subscribe('command.invoked', ({ command }) => void table.run(command)));
  onScopeDispose(bridge.subscribe('run.wanted', ({ run }) => void router.push({ name: 'run', params: { id: run } })));
}
