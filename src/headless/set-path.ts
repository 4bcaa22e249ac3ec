import { InvalidArgumentError } from 'commander';
import type { Assignment } from '../contracts/spec-path.ts';

/**
 * Parses `path=value` as `--set` takes it, such as `dataset.trainSize=500`. The value is JSON; text that is not JSON is
 * taken as it stands, so names need no quotes.
 */
export function parseAssignment(text: string, before: Assignment[] = []): Assignment[] {
  const equals = text.indexOf('=');
  const path = text.slice(0, Math.max(0, equals)).split('.');
  if (equals < 1 || path.some((key) => key === '')) {
    throw new InvalidArgumentError('Expected path=value, such as learningRate=0.05 or model.widths=[8,8].');
  }
  return [...before, { path, value: parseValue(text.slice(equals + 1)) }];
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
