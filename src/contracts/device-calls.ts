import { acting, nothing } from './call-entry.ts';
import { devicesReport } from './devices.ts';

/** Calls about what a machine can train with: part of the table in api.ts. */
export const deviceCalls = {
  'devices.probe': acting(nothing, devicesReport),
} as const;
