import { Notification } from 'electron';
import type { BrowserWindow } from 'electron';
import type { ApiEmit } from '../contracts/api.ts';
import type { RunRecord, RunStatus } from '../contracts/run-record.ts';
import type { Lab } from '../lab/lab.ts';
import type { SettingsStore } from '../lab/lab-options.ts';
import { endNotice, isNoticed } from './end-notice.ts';
import { bringForward } from './main-window.ts';

export interface NotificationOptions {
  readonly lab: Lab;
  readonly window: BrowserWindow;
  readonly settings: SettingsStore;
  readonly emit: ApiEmit;
}

/**
 * Tells by the system of runs that ended while the window was not in front. There is one notice at a time: of a sweep
 * that ends in the night the last one counts them all. A click shows the run, or the runs.
 */
export function notifyOfEnds({ lab, window, settings, emit }: NotificationOptions): void {
  const before = new Map<string, RunStatus>();
  let unseen: RunRecord[] = [];
  let shown: Notification | null = null;
  const forget = (): void => {
    unseen = [];
    shown?.close();
    shown = null;
  };
  const show = (record: RunRecord): void => {
    unseen = [...unseen, record];
    const notice = endNotice(unseen);
    if (notice === null || !Notification.isSupported()) return;
    shown?.close();
    shown = new Notification(notice);
    const only = unseen.length === 1 ? record.id : null;
    shown.on('click', () => {
      bringForward(window);
      if (only === null) emit('command.invoked', { command: 'go.runs' });
      else emit('run.wanted', { run: only });
    });
    shown.show();
  };
  window.on('focus', forget);
  lab.subscribe((name, event) => {
    if (name !== 'run.changed' || !('status' in event)) return;
    const was = before.get(event.id);
    before.set(event.id, event.status);
    const hasEnded = was === 'running' && isNoticed(event.status);
    if (hasEnded && !window.isFocused() && settings.readSettings().notifications) show(event);
  });
}
