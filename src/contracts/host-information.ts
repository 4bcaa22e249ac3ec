import { z } from 'zod';
import { hostCommandIds } from './commands.ts';
import { handedFile } from './files.ts';

export const hostInformation = z.object({
  version: z.string(),
  /** 'desktop' under Electron, 'web' in a browser. */
  kind: z.enum(['desktop', 'web']),
  library: z.object({
    name: z.string(),
    path: z.string(),
    readOnly: z.boolean(),
    bytes: z.number(),
    freeBytes: z.number(),
  }),
  machine: z.object({ cores: z.int(), memoryBytes: z.number(), platform: z.string(), node: z.string() }),
  /** Runs that train side by side. */
  concurrency: z.int(),
  /** Commands of the table that this host does when a window asks. */
  commands: z.array(z.enum(hostCommandIds)),
  /** Libraries that were open before, the latest first. */
  recentLibraries: z.array(handedFile),
});
export type HostInformation = z.infer<typeof hostInformation>;
