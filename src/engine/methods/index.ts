import { MicrobatchError } from '../../contracts/errors.ts';
import type { MethodId } from '../../contracts/methods.ts';
import { gradientNorm } from './gradient-norm.ts';
import { largeBatch } from './large-batch.ts';
import type { Method } from './method.ts';
import { smallBatch } from './small-batch.ts';

/** The method of a run spec. Throws `method/missing-lambda`. */
export function methodOf({
  method,
  lambda,
}: {
  readonly method: MethodId;
  readonly lambda?: number | undefined;
}): Method {
  switch (method) {
    case 'small-batch':
      return smallBatch;
    case 'large-batch':
      return largeBatch;
    case 'gradient-norm':
      if (lambda !== undefined) return gradientNorm({ lambda });
      throw new MicrobatchError({
        code: 'method/missing-lambda',
        message: 'gradient-norm needs lambda',
        expected: 'a number from 0',
      });
  }
}
