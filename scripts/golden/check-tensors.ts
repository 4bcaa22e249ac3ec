import type { GoldenCase } from './case.ts';
import { limits, type Checks } from './checks.ts';
import { badCase, numbers } from './tensors.ts';

export type Tensors = Readonly<Record<string, Float32Array>>;

/** All tensors together, against `PREFIX/NAME` and, where given, `PREFIX64/NAME`. */
export function checkTensors(checks: Checks, golden: GoldenCase, prefix: string, actual: Tensors): void {
  for (const full of [prefix, `${prefix}64`]) {
    const pairs = Object.entries(actual).flatMap(([name, data]) =>
      golden.tensors.has(`${full}/${name}`) ? [[data, numbers(golden.tensors, `${full}/${name}`)] as const] : [],
    );
    if (full === prefix && pairs.length !== Object.keys(actual).length) throw badCase(`${prefix} lacks tensors`);
    if (pairs.length > 0) checks.relativeNorm(full, pairs, limits.gradient);
  }
}

/** Tensor by tensor, absolute. */
export function checkEach(checks: Checks, golden: GoldenCase, prefix: string, actual: Tensors, limit: number): void {
  for (const [name, data] of Object.entries(actual)) {
    const stored = `${prefix}/${name}`;
    // Float64 copies are optional, float32 ones are not.
    if (prefix.endsWith('64') && !golden.tensors.has(stored)) continue;
    checks.absolute(stored, data, numbers(golden.tensors, stored), limit);
  }
}

/** Whether a case stores tensors under a prefix. */
export function hasTensors(golden: GoldenCase, prefix: string): boolean {
  return [...golden.tensors.keys()].some((name) => name.startsWith(`${prefix}/`));
}
