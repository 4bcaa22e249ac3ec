import { z } from 'zod';

export const runtimeFlavour = z.enum(['cpu', 'cuda']);
export type RuntimeFlavour = z.infer<typeof runtimeFlavour>;

/** File inside a runtime's folder that makes it one: written last, so a folder without it is not installed. */
export const runtimeManifestFile = 'runtime.json';

/** A native TensorFlow for tfjs-node-gpu, in `runtimes/ID/` of the user's folder. */
export const runtimeManifest = z.object({
  format: z.literal(1),
  id: z.string(),
  /** Of TensorFlow. */
  version: z.string(),
  flavour: runtimeFlavour,
  /** Such as `linux-x64`. */
  platform: z.string(),
  installed: z.iso.datetime(),
  /** Whether the addon was compiled on this machine or came ready. */
  addon: z.enum(['built', 'prebuilt']),
  wheels: z.array(z.object({ file: z.string(), sha256: z.string() })),
});
export type RuntimeManifest = z.infer<typeof runtimeManifest>;

/** A runtime as it is listed: `reason` says why an unusable one is, or what a usable one lacks. */
export const runtimeReport = z.object({
  id: z.string(),
  version: z.string(),
  flavour: runtimeFlavour,
  bytes: z.number(),
  usable: z.boolean(),
  reason: z.string().nullable(),
});
export type RuntimeReport = z.infer<typeof runtimeReport>;
