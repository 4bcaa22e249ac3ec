import { usePreferredDark } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { toErrorShape } from '../../contracts/errors.ts';
import { changedSettings, initialSettings } from '../../contracts/settings.ts';
import type { Settings, SettingsChange } from '../../contracts/settings.ts';
import { useBridge } from './bridge.ts';
import { useToasts } from './toasts.ts';

export type Connection = 'connecting' | 'connected' | 'lost';

/** What concerns the window as a whole: its settings, its theme, its connection to the host. */
export const useSession = defineStore('session', () => {
  const bridge = useBridge();
  const toasts = useToasts();
  const connection = ref<Connection>('connecting');
  const settings = shallowRef<Settings>(initialSettings);
  /** Whether the host has told its settings, or cannot. */
  const loaded = ref(false);
  const prefersDark = usePreferredDark();

  const theme = computed<'light' | 'dark'>(() => {
    if (settings.value.theme !== 'system') return settings.value.theme;
    return prefersDark.value ? 'dark' : 'light';
  });

  async function read(): Promise<void> {
    try {
      settings.value = await bridge.call('settings.read', null);
    } catch (thrown) {
      toasts.showError(thrown);
    } finally {
      loaded.value = true;
    }
  }

  /**
   * Takes effect at once; what the host could not keep is told and taken back. Who came by a link for reading has the
   * theme and the like for this window: the host keeps the settings of its user.
   */
  async function write(change: SettingsChange): Promise<void> {
    const before = settings.value;
    settings.value = changedSettings(before, change);
    try {
      settings.value = await bridge.call('settings.write', change);
    } catch (thrown) {
      if (toErrorShape(thrown).code === 'request/read-only') return;
      settings.value = before;
      toasts.showError(thrown);
    }
  }

  bridge.subscribe('settings.changed', (changed) => {
    settings.value = changed;
  });
  bridge.onConnection((state) => {
    connection.value = state;
    if (state === 'connected') void read();
  });

  return {
    connection,
    settings,
    loaded,
    theme,
    change: write,
    setTheme: (wanted: Settings['theme']): Promise<void> => write({ theme: wanted }),
    setSidebar: (wanted: Settings['sidebar']): Promise<void> => write({ sidebar: wanted }),
  };
});
