/** What an installation is doing; a fraction only where it can be told. */
export interface InstallProgress {
  readonly what: string;
  /** From 0 to 1. */
  readonly fraction: number | undefined;
}

export type ReportProgress = (progress: InstallProgress) => void;
