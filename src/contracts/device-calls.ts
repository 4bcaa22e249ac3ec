import { call, nothing } from './call-entry.ts';
import { devicesReport } from './devices.ts';

/** Calls about what a machine can train with: part of the table in api.ts. */
export const deviceCalls = {
  'devices.probe': call(nothing, devicesReport),
} as const;
