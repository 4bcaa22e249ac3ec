import { z } from 'zod';

/** Something in a library that is not as it should be. */
export const doctorFinding = z.object({
  /** damaged: something was lost, or is in the way; leftover: what a killed process left, harmless; foreign: not ours. */
  kind: z.enum(['damaged', 'leftover', 'foreign']),
  /** Within the library, with forward slashes; empty for the library itself. */
  path: z.string(),
  code: z.string(),
  message: z.string(),
  /** Whether `--fix` brings back all that this file held. */
  recoverable: z.boolean(),
  /** What `--fix` does about it, or why it does nothing. */
  outlook: z.string(),
  /** What was done about it; null where nothing was. */
  done: z.string().nullable(),
});
export type DoctorFinding = z.infer<typeof doctorFinding>;

/** `doctor`: sound where nothing damaged remains. */
export const doctorDocument = z.object({
  library: z.string(),
  sound: z.boolean(),
  /** How much was looked at. */
  checked: z.object({
    runs: z.int(),
    checkpoints: z.int(),
    traces: z.int(),
    weights: z.int(),
    sweeps: z.int(),
    trash: z.int(),
  }),
  findings: z.array(doctorFinding),
  /** Where `--fix` has put what it took out, within the library; null where nothing was. */
  quarantine: z.string().nullable(),
});
export type DoctorDocument = z.infer<typeof doctorDocument>;
