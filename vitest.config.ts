import vue from '@vitejs/plugin-vue';
import { configDefaults, defineConfig } from 'vitest/config';

// electron's package downloads itself on import unless told where it lives; no test may try that. Where a binary is
// named, the tests that need one run with it.
const env = { ELECTRON_OVERRIDE_DIST_PATH: process.env.ELECTRON_OVERRIDE_DIST_PATH ?? '/nonexistent' };

const needsBuild = ['test/desktop/**', 'test/e2e/**'];

export default defineConfig({
  plugins: [vue()],
  test: {
    env,
    // Two cores are the smallest machine that must pass; more workers would only fight over memory.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...needsBuild],
          // What comes late on a busy machine comes; what never comes still fails.
          expect: { poll: { timeout: 30_000 } },
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Boots out/main/index.js: run `npm run build` first.
        extends: true,
        test: {
          name: 'desktop',
          include: ['test/desktop/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        // Drives out/renderer in Chromium against a real web host: run `npm run build` first.
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          // A screen has its time on a busy machine too; what never comes still fails.
          expect: { poll: { timeout: 60_000 } },
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
