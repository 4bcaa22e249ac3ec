import { z } from 'zod';

/** What a failed operation says across every border: a stable code, what happened, what was expected, what to do. */
export const errorShape = z.object({
  code: z.string().regex(/^[a-z-]+\/[a-z0-9-]+$/),
  message: z.string(),
  expected: z.string().optional(),
  remedy: z.string().optional(),
});

export type ErrorShape = z.infer<typeof errorShape>;

/**
 * The error type of the whole application. `code` is `area/reason` in kebab case, stable across versions;
 * `message` names the thing and what is wrong with it; `expected` what would have been right; `remedy` the next step.
 */
export class MicrobatchError extends Error {
  readonly code: string;
  readonly expected: string | undefined;
  readonly remedy: string | undefined;

  constructor(shape: ErrorShape, options?: ErrorOptions) {
    super(shape.message, options);
    this.name = 'MicrobatchError';
    this.code = shape.code;
    this.expected = shape.expected;
    this.remedy = shape.remedy;
  }

  /** The plain form that crosses a process border: no stack, no paths beyond those in the message. */
  toShape(): ErrorShape {
    return {
      code: this.code,
      message: this.message,
      ...(this.expected === undefined ? {} : { expected: this.expected }),
      ...(this.remedy === undefined ? {} : { remedy: this.remedy }),
    };
  }
}

/**
 * Any thrown value as a plain error, also one that crossed a process border and is only a shape by now;
 * what is not ours becomes `internal/unexpected`.
 */
export function toErrorShape(thrown: unknown): ErrorShape {
  if (thrown instanceof MicrobatchError) return thrown.toShape();
  const crossed = errorShape.safeParse(thrown);
  if (crossed.success) return crossed.data;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'internal/unexpected', message };
}

/** One line for a terminal: code, what, expected, remedy. */
export function describeError(shape: ErrorShape): string {
  const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);
  const expected = shape.expected === undefined ? '' : ` Expected: ${sentence(shape.expected)}`;
  const remedy = shape.remedy === undefined ? '' : ` Remedy: ${sentence(shape.remedy)}`;
  return `${shape.code}: ${sentence(shape.message)}${expected}${remedy}`;
}
