import type { ExecutorReport } from '../../../contracts/devices.ts';
import type {
  InstalledRuntime,
  InstallProgress,
  RuntimeFlavour,
  RuntimeReport,
} from '../../../contracts/native-runtime.ts';
import { formatBytes, formatNumber } from '../../format/numbers.ts';
import { formatAbout } from '../../format/times.ts';
import { sentenceCase } from '../../format/words.ts';

export const flavourWords: Readonly<Record<RuntimeFlavour, string>> = {
  cpu: 'Processor',
  cuda: 'NVIDIA graphics card',
};

/** What native TensorFlow gives on this machine, as far as it was measured. */
export function speedWords(executors: readonly ExecutorReport[]): string {
  const speed = (name: string): number | null => executors.find((executor) => executor.name === name)?.gflops ?? null;
  const [native, onnx] = [speed('tfjs-node-gpu'), speed('onnx')];
  if (native === null) return 'Its speed here is measured, and compared with that of onnx, once it is installed.';
  const measured = `${formatNumber(native, 1)} GFLOP/s here in a small convolution on one thread`;
  if (onnx === null || onnx === 0) return `${measured}.`;
  return `${measured}: ${formatNumber(native / onnx, 2)} times the speed of onnx, which comes to ${formatNumber(onnx, 1)}.`;
}

/** How far an installation is: share, size and what its stage still takes. */
export function progressWords({ stage, bytes, secondsLeft }: InstallProgress): string {
  if (bytes === null) return stage === 'compiling' ? 'a minute or so' : 'some seconds';
  const share = `${formatNumber((bytes.done / Math.max(1, bytes.total)) * 100, 0)}\u2009% of ${formatBytes(bytes.total)}`;
  return secondsLeft === null ? share : `${share}, ${formatAbout(secondsLeft)} left`;
}

/** The share of a stage that is done; null where it cannot be told. */
export function fractionOf({ bytes }: InstallProgress): number | null {
  return bytes === null || bytes.total === 0 ? null : Math.min(1, bytes.done / bytes.total);
}

export interface RuntimeState {
  /** Null while that is not known. */
  readonly usable: boolean | null;
  readonly word: string;
  readonly reason: string;
  readonly remedy: string | null;
}

/** Whether an installed runtime works, why not and what to do. */
export function stateOf({ problem }: InstalledRuntime, report: RuntimeReport | null | undefined): RuntimeState {
  if (problem !== null) {
    const { message, remedy = null } = problem;
    return { usable: false, word: 'Broken', reason: sentenceCase(message), remedy };
  }
  if (report === undefined) return { usable: null, word: 'Being tried out', reason: '', remedy: null };
  if (report === null) return { usable: null, word: 'Not tried out', reason: '', remedy: null };
  const { usable, reason, remedy } = report;
  return { usable, word: usable ? 'Usable' : 'Broken', reason: sentenceCase(reason ?? ''), remedy };
}
