import { renameSync } from 'node:fs';

/** Renames a settings file that cannot be read, so that nothing of it is lost. Returns its new path. Throws as the system does. */
export function keepAside(file: string): string {
  const aside = file.replace(/\.json$/, `.unreadable-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.json`);
  renameSync(file, aside);
  return aside;
}
