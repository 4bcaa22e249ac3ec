import { MicrobatchError } from '../contracts/errors.ts';
import { filterFields, parseQuery, whyImpossible } from '../contracts/run-filter.ts';

/** A misspelt field, or a number that is none, would silently match nothing. Throws `filter/unknown-field`, `filter/impossible`. */
export function requirePossible(filter: string): void {
  for (const condition of parseQuery(filter)) {
    const reason = whyImpossible(condition);
    if (reason === null) continue;
    const known = filterFields.some((name) => name === condition.field);
    throw new MicrobatchError({
      code: known ? 'filter/impossible' : 'filter/unknown-field',
      message: `${condition.text} ${reason}`,
      expected: known ? 'FIELD:VALUE, NUMBER_FIELD:A..B or NUMBER_FIELD<=NUMBER' : filterFields.join(', '),
    });
  }
}
