import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What marks the place of the fuses in Electron's binary: a sentinel, a version and the number of fuses. */
const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fuseVersion = 1;

/** Names of Electron's fuses, in their order in the binary. */
const fuseNames = [
  'runAsNode',
  'cookieEncryption',
  'nodeOptions',
  'nodeCliInspect',
  'embeddedAsarIntegrityValidation',
  'onlyLoadAppFromAsar',
  'loadBrowserProcessSpecificV8Snapshot',
  'grantFileProtocolExtraPrivileges',
  'wasmTrapHandlers',
] as const;

/**
 * Makes the folder of an Electron for Linux as a packager sees it, around a binary that only has fuses, set as a new
 * Electron has them. Nothing in it runs.
 */
export function makeStandIn(folder: string, version: string): void {
  for (const name of ['locales', 'resources']) mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'locales/en-US.pak']) writeFileSync(join(folder, name), '');
  writeFileSync(join(folder, 'version'), version);
  const header = Buffer.from([fuseVersion, fuseNames.length]);
  const binary = Buffer.concat([Buffer.from(fuseSentinel), header, Buffer.from('101100011')]);
  writeFileSync(join(folder, 'electron'), binary, { mode: 0o755 });
}

/** Which fuses of a binary are on. */
export function fusesOf(binary: string): Record<(typeof fuseNames)[number], boolean> {
  const content = readFileSync(binary);
  const states = content.subarray(content.indexOf(fuseSentinel) + fuseSentinel.length + 2);
  const isOn = (index: number): boolean => states[index] === '1'.charCodeAt(0);
  return {
    runAsNode: isOn(0),
    cookieEncryption: isOn(1),
    nodeOptions: isOn(2),
    nodeCliInspect: isOn(3),
    embeddedAsarIntegrityValidation: isOn(4),
    onlyLoadAppFromAsar: isOn(5),
    loadBrowserProcessSpecificV8Snapshot: isOn(6),
    grantFileProtocolExtraPrivileges: isOn(7),
    wasmTrapHandlers: isOn(8),
  };
}
