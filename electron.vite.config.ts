import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';
import { codeIdentityFile, identifySources } from './src/lab/code-identity.ts';

const source = (path: string): string => resolve(import.meta.dirname, 'src', path);

/** Everything that runs in Node. Packages of `dependencies` stay outside the bundles. */
const nodeEntries = {
  index: source('main/index.ts'),
  runner: source('runner/main.ts'),
  probe: source('runner/probe.ts'),
  'dataset-task': source('runner/dataset-task.ts'),
  'import-task': source('runner/import-task.ts'),
  'augmentation-worker': source('data/augmentation-worker.ts'),
  cli: source('headless/cli.ts'),
};

/** Leaves word beside the bundles of what they were built from. */
const codeIdentity = {
  name: 'code-identity',
  generateBundle(this: { emitFile: (file: { type: 'asset'; fileName: string; source: string }) => unknown }) {
    const source = JSON.stringify(identifySources(import.meta.dirname));
    this.emitFile({ type: 'asset', fileName: codeIdentityFile, source });
  },
};

export default defineConfig({
  main: {
    plugins: [codeIdentity],
    build: {
      outDir: 'out/main',
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(nodeEntries).filter(([, file]) => existsSync(file))),
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      // A sandboxed preload script is one CommonJS file that can require nothing but electron.
      externalizeDeps: false,
      rolldownOptions: {
        input: source('preload/preload.ts'),
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: source('renderer'),
    plugins: [vue()],
    build: {
      outDir: resolve(import.meta.dirname, 'out/renderer'),
      // The content security policy allows no data: fonts or scripts, so nothing is inlined.
      assetsInlineLimit: 0,
      rolldownOptions: { input: source('renderer/index.html') },
    },
  },
});
