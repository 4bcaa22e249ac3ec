import { z } from 'zod';

/** What runs, sweeps, traces and weights are named by, and their folders and files: no path leads out of the library. */
export const recordIdPattern = /^[a-z0-9-]{3,80}$/;

export const recordId = z.string().regex(recordIdPattern);
