import { z } from 'zod';
import { errorShape } from './errors.ts';
import { hostFile } from './files.ts';

export const runtimeFlavour = z.enum(['cpu', 'cuda']);
export type RuntimeFlavour = z.infer<typeof runtimeFlavour>;

/** A version of TensorFlow is installed at most once in each flavour. */
export const runtimeId = ({
  version,
  flavour,
}: {
  readonly version: string;
  readonly flavour: RuntimeFlavour;
}): string => `tensorflow-${version}-${flavour}`;

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
  /** What to do about the reason. */
  remedy: z.string().nullable(),
});
export type RuntimeReport = z.infer<typeof runtimeReport>;

/** What a window asks to be installed: what pip fetches, or a wheel or folder of wheels, whose flavour their names tell. */
export const runtimeRequest = z.discriminatedUnion('from', [
  z.object({ from: z.literal('pip'), flavour: runtimeFlavour }),
  z.object({ from: z.literal('file'), path: hostFile }),
]);
export type RuntimeRequest = z.infer<typeof runtimeRequest>;

export const installStages = ['fetching', 'checking', 'unpacking', 'compiling', 'trying'] as const;

/** What an installation is doing. */
export const installProgress = z.object({
  stage: z.enum(installStages),
  /** In words: `fetching tensorflow-cpu 2.18.1 with pip`. */
  what: z.string(),
  /** Of all wheels, in this stage; null where it cannot be told. */
  bytes: z.object({ done: z.number(), total: z.number() }).nullable(),
  /** Until the stage is over, by its pace so far; null while it has none. */
  secondsLeft: z.number().nullable(),
  /** The last line that pip or the compiler wrote; null before the first. */
  line: z.string().nullable(),
});
export type InstallProgress = z.infer<typeof installProgress>;

/** A runtime as its manifest tells of it, without trying it out. */
export const installedRuntime = z.object({
  id: z.string(),
  /** Null where the manifest cannot be read, which `problem` then says. */
  manifest: runtimeManifest.nullable(),
  bytes: z.number(),
  folder: z.string(),
  problem: errorShape.nullable(),
});
export type InstalledRuntime = z.infer<typeof installedRuntime>;

/** What can be installed here; `bytes`: of its wheels, which pip fetches. */
export const runtimeOffer = z.object({ flavour: runtimeFlavour, version: z.string(), bytes: z.number() });
export type RuntimeOffer = z.infer<typeof runtimeOffer>;

export const runtimesStatus = z.object({
  /** Empty where this system has none. */
  offers: z.array(runtimeOffer),
  /** Why this host installs none, in its window: its system, or that it serves other machines. Null where it does. */
  refusal: errorShape.nullable(),
  installed: z.array(installedRuntime),
  /** Ids of removed ones that can be brought back. */
  restorable: z.array(z.string()),
  /** What is being installed by this host; null while nothing is. */
  installation: installProgress.nullable(),
  /** Why the last installation of this host failed; null where none did since the last success. */
  failure: errorShape.nullable(),
});
export type RuntimesStatus = z.infer<typeof runtimesStatus>;
