import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryBridge } from '../../../test/memory-bridge.ts';
import { settled, windowStores } from '../../../test/window-stores.ts';
import { MicrobatchError } from '../../contracts/errors.ts';
import { initialSettings } from '../../contracts/settings.ts';
import type { Settings } from '../../contracts/settings.ts';
import { useSession } from './session.ts';
import { useToasts } from './toasts.ts';

let kept: Settings;
let bridge: MemoryBridge;
let session: ReturnType<typeof useSession>;
let toasts: ReturnType<typeof useToasts>;

beforeEach(() => {
  kept = { ...initialSettings, theme: 'dark', sidebar: 'rail', executor: 'onnx', threads: 2 };
  bridge = new MemoryBridge({ 'settings.read': () => Promise.resolve(kept) });
  const pinia = windowStores(bridge);
  session = useSession(pinia);
  toasts = useToasts(pinia);
});

describe('the session of a window', () => {
  it('takes its settings from the host', async () => {
    bridge.connection('connected');
    await settled();
    expect(session.settings).toEqual(kept);
    expect(session.theme).toBe('dark');
  });

  it('tells whether the host is there', () => {
    expect(session.connection).toBe('connecting');
    bridge.connection('lost');
    expect(session.connection).toBe('lost');
  });

  it('changes a setting at once, and takes it back where the host could not keep it', async () => {
    const written = session.setTheme('light');
    expect(session.theme).toBe('light');
    await written;
    expect(session.settings.theme).toBe('system');
    expect(toasts.items).toHaveLength(1);
  });

  it('keeps a setting for this window alone where it came by a link for reading', async () => {
    const refusal = new MicrobatchError({ code: 'request/read-only', message: 'not answered' });
    bridge.handlers = { ...bridge.handlers, 'settings.write': () => Promise.reject(refusal) };
    await session.setTheme('light');
    expect(session.settings.theme).toBe('light');
    expect(toasts.items).toEqual([]);
  });

  it('follows settings that another window changed', () => {
    bridge.emit('settings.changed', { ...kept, sidebar: 'wide' });
    expect(session.theme).toBe('dark');
  });
});
