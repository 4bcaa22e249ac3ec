import { registerHooks } from 'node:module';

/** Loaded with `node --import`: whoever imports electron gets the double, packages included. */
const double = new URL('./electron.ts', import.meta.url).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    return specifier === 'electron' ? { url: double, shortCircuit: true } : nextResolve(specifier, context);
  },
});
