import { createPinia } from 'pinia';
import type { Pinia } from 'pinia';
import { createApp } from 'vue';
import { provideHost } from '../src/renderer/stores/bridge.ts';
import type { MemoryBridge } from './memory-bridge.ts';

/** The stores of a window over a host in memory: give the pinia to a store's `use` function. */
export function windowStores(bridge: MemoryBridge): Pinia {
  const app = createApp({ render: () => null });
  const pinia = createPinia();
  provideHost(app, { bridge, reconnection: null });
  app.use(pinia);
  return pinia;
}

/** Lets everything run that waits for nothing but promises. */
export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
