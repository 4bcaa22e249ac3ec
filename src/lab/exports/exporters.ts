import type { ExportFormat, ExportReport } from '../../contracts/exports.ts';
import { bundleExporter } from './bundle-exporter.ts';
import type { Exporter, ExportTask } from './exporter.ts';
import { csvExporter, tensorboardExporter } from './metric-exporters.ts';
import { weightsExporter } from './weights-exporters.ts';

/** Every format that can be written. */
export const exporters: Readonly<Record<ExportFormat, Exporter>> = {
  safetensors: weightsExporter('safetensors'),
  pth: weightsExporter('pth'),
  npz: weightsExporter('npz'),
  onnx: weightsExporter('onnx'),
  tfjs: weightsExporter('tfjs'),
  csv: csvExporter,
  tensorboard: tensorboardExporter,
  bundle: bundleExporter,
};

/** Writes a run, or imported weights, in one format. Throws what its exporter throws. */
export async function exportOne(task: ExportTask): Promise<ExportReport> {
  const { files, ...of } = await exporters[task.format].export(task);
  return { format: task.format, ...of, files: [...files] };
}
