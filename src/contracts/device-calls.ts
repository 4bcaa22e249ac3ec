import { z } from 'zod';
import { acting, nothing, reading } from './call-entry.ts';
import { devicesReport } from './devices.ts';
import { installProgress, runtimeReport, runtimeRequest, runtimesStatus } from './native-runtime.ts';

const runtime = z.object({ runtime: z.string().min(1).max(100) });

/** Calls about what a machine can train with: part of the table in api.ts. */
export const deviceCalls = {
  'devices.probe': acting(nothing, devicesReport),
  /** What the last probe told; null before the first one since the host began. Nothing is tried out. */
  'devices.known': reading(nothing, devicesReport.nullable()),
  /** Which native runtimes there are, and what is being installed; nothing is tried out. */
  'runtimes.status': reading(nothing, runtimesStatus),
  /** Tries out an installed runtime. */
  'runtimes.probe': acting(runtime, runtimeReport),
  /**
   * Installs a runtime; one at a time. It goes on when the window is gone, until `runtimes.cancel`. Throws
   * `runtime/busy`, `runtime/exists`, `runtime/cancelled` and the reasons of each stage.
   */
  'runtimes.install': acting(runtimeRequest, runtimeReport),
  /** Gives the installation of this host up, once nothing of it is left; nothing where there is none. */
  'runtimes.cancel': acting(nothing, nothing),
  /** Moves a runtime to the trash; `runtimes.restore` brings it back for a week. */
  'runtimes.remove': acting(runtime, nothing),
  'runtimes.restore': acting(runtime, nothing),
} as const;

export const deviceEvents = {
  'runtime.progress': installProgress,
  /** Runtimes have come or gone, or an installation has begun or ended; `installing`: whether one is under way now. */
  'runtimes.changed': z.object({ installing: z.boolean() }),
} as const;
