import { useBridge } from '../stores/bridge.ts';
import { useToasts } from '../stores/toasts.ts';

/** Copies what a report of a problem needs: versions, the machine, the end of the log. */
export function useDiagnostics(): () => Promise<void> {
  const bridge = useBridge();
  const toasts = useToasts();
  return async () => {
    try {
      const { text } = await bridge.call('application.diagnostics', null);
      await navigator.clipboard.writeText(text);
      toasts.show({ text: 'Copied the diagnostics' });
    } catch (thrown) {
      toasts.showError(thrown);
    }
  };
}
