import type { ExportBatchReport } from '../../../contracts/exports.ts';

/** Lets the browser fetch what the host offers, as it fetches any file. */
export function fetchDownload({ address, name }: NonNullable<ExportBatchReport['download']>): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
}
