import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a build is made from; tests beside the sources change nothing. */
const inputs = ['src', 'package.json', 'package-lock.json', 'electron.vite.config.ts'];
/** What a whole build leaves behind. */
const outputs = ['out/main/index.js', 'out/main/runner.js', 'out/preload/preload.cjs', 'out/renderer/index.html'];

/** Whether the application under `root` was never built, or changed since. */
export function isBuildStale(root: string): boolean {
  const files = outputs.map((file) => join(root, file));
  if (!files.every((file) => existsSync(file))) return true;
  const built = Math.min(...files.map((file) => statSync(file).mtimeMs));
  return inputs.some((input) => newestChange(join(root, input)) > built);
}

/** Time of the newest change of a file, or of any file below a folder; 0 where there is nothing. */
function newestChange(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.endsWith('.test.ts'),
  );
  return Math.max(0, ...files.map(({ parentPath, name }) => statSync(join(parentPath, name)).mtimeMs));
}
