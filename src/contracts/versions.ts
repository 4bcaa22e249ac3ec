import { z } from 'zod';
import { applicationBuild } from './provenance.ts';

/** What the application is made of, for a report of what went wrong. */
export const versions = applicationBuild.extend({
  node: z.string(),
  /** Null in a web host, which runs in Node alone. */
  electron: z.string().nullable(),
  chromium: z.string().nullable(),
  /** System, architecture and release: "linux x64 6.8.0". */
  system: z.string(),
  /** Packages that executors compute with, as the application asks for them. */
  packages: z.array(z.object({ name: z.string(), version: z.string() })),
});
export type Versions = z.infer<typeof versions>;
