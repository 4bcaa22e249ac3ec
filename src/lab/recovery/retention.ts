import { isScheduled } from '../../contracts/checkpoints.ts';
import type { CheckpointEntry, RetentionRule } from '../../contracts/checkpoints.ts';

/**
 * Steps that a rule removes, oldest first. `bytesOf` says what a set of checkpoints takes on disk together. The best and
 * the last stay even where they alone are above the budget.
 */
export function stepsToRemove(
  entries: readonly CheckpointEntry[],
  rule: RetentionRule,
  bytesOf: (steps: readonly number[]) => number,
): number[] {
  const needed = entries.filter(({ labels }) => labels.includes('best') || labels.includes('last'));
  const optional = entries.filter((entry) => !needed.includes(entry) && isScheduled(rule, entry.step));
  const kept = (): number[] => [...needed, ...optional].map(({ step }) => step);
  while (optional.length > 0 && rule.budgetBytes !== undefined && bytesOf(kept()) > rule.budgetBytes) optional.shift();
  const staying = new Set(kept());
  return entries.map(({ step }) => step).filter((step) => !staying.has(step));
}
