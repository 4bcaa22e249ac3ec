import type { LibraryRetention } from '../../../contracts/checkpoints.ts';

/** The fields of the form, as typed. */
export interface RuleText {
  readonly every: string;
  readonly perDecade: string;
  readonly budget: string;
  readonly total: string;
}

export interface ReadRule {
  /** Null where a field is wrong. */
  readonly rule: LibraryRetention | null;
  readonly errors: Partial<Record<keyof RuleText, string>>;
}

const bytesOfMegabyte = 1e6;

/** An empty field keeps nothing by itself, or sets no budget. Budgets are in megabytes. */
export function readRule(text: RuleText): ReadRule {
  const errors: Partial<Record<keyof RuleText, string>> = {};
  const read = (field: keyof RuleText, most: number, whole: boolean): number | undefined => {
    const typed = text[field].trim().replaceAll(',', '');
    if (typed === '') return undefined;
    const value = Number(typed);
    const least = whole ? 1 : 0;
    if (Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
    errors[field] = whole ? `A whole number from 1 to ${most.toLocaleString('en-US')}` : 'A number of megabytes from 0';
    return undefined;
  };
  const every = read('every', 100_000_000, true);
  const perDecade = read('perDecade', 10, true);
  const budget = read('budget', 1e9, false);
  const total = read('total', 1e9, false);
  if (Object.keys(errors).length > 0) return { rule: null, errors };
  const bytes = (megabytes: number): number => Math.round(megabytes * bytesOfMegabyte);
  return {
    rule: {
      ...(every === undefined ? {} : { every }),
      ...(perDecade === undefined ? {} : { perDecade }),
      ...(budget === undefined ? {} : { budgetBytes: bytes(budget) }),
      ...(total === undefined ? {} : { totalBytes: bytes(total) }),
    },
    errors,
  };
}
