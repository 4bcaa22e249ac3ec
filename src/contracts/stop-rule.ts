import { z } from 'zod';

const accuracy = z
  .number('expected a fraction from 0 to 1')
  .positive('expected a fraction above 0')
  .max(1, 'expected a fraction of at most 1, such as 0.8 for 80 %');

/**
 * When a run ends before its last step. Looks at recorded values only, at the steps where they are recorded, so that the
 * same rule can be replayed over a finished run and comes to the same end.
 */
export const stopRule = z
  .strictObject({
    lossAbove: z
      .number('expected a loss above 0')
      .positive('expected a loss above 0')
      .optional()
      .meta({ label: 'Loss above', help: 'Ends a run as diverged at the first recorded training loss above this.' }),
    accuracyReached: accuracy.optional().meta({
      label: 'Accuracy reached',
      help: 'Ends a run at the first evaluation whose validation accuracy is at least this, such as 0.8.',
    }),
    plateau: z
      .strictObject({
        evaluations: z
          .int('expected a whole number from 1')
          .min(1, 'expected at least 1')
          .max(1_000_000, 'expected at most 1000000')
          .meta({ label: 'Evaluations', unit: 'evaluations' }),
        gain: z
          .number('expected a fraction from 0 to 1')
          .min(0, 'expected at least 0')
          .max(1, 'expected at most 1')
          .default(0)
          .meta({ label: 'Gain', help: 'A best accuracy counts as better where it is more than this above the last.' }),
      })
      .optional()
      .meta({
        label: 'Plateau',
        none: 'No plateau rule',
        help: 'Ends a run after this many evaluations in a row without a better validation accuracy.',
      }),
  })
  .refine((rule) => Object.values(rule).some((value) => value !== undefined), {
    error: 'expected at least one of lossAbove, accuracyReached and plateau',
  });
export type StopRule = z.infer<typeof stopRule>;

/** A rule in words: 'loss above 5, or accuracy at least 80 %, or 10 evaluations without a gain of 0.1 points'. */
export function stopRuleText({ lossAbove, accuracyReached, plateau }: StopRule): string {
  const percent = (fraction: number): string => String(Number((100 * fraction).toPrecision(6)));
  const parts = [
    ...(lossAbove === undefined ? [] : [`loss above ${String(lossAbove)}`]),
    ...(accuracyReached === undefined ? [] : [`accuracy at least ${percent(accuracyReached)} %`]),
    ...(plateau === undefined ? [] : [plateauText(plateau.evaluations, percent(plateau.gain))]),
  ];
  return parts.join(', or ');
}

function plateauText(evaluations: number, points: string): string {
  const gain = points === '0' ? 'a better one' : `a gain of ${points} points`;
  return `${String(evaluations)} evaluation${evaluations === 1 ? '' : 's'} without ${gain}`;
}

/** What a stop rule would have made of a run that was trained without it. */
export const stopReplay = z.object({
  run: z.string(),
  name: z.string(),
  /** Steps that the run took. */
  steps: z.int(),
  /** Step at which the rule would have ended it; null where it would have let it go on. */
  stopsAt: z.int().nullable(),
  reason: z.string().nullable(),
  /** Best validation accuracy of the run, and of what the rule would have left of it; null where none was recorded. */
  best: z.number().nullable(),
  bestAtStop: z.number().nullable(),
  /** best - bestAtStop */
  accuracyLost: z.number().nullable(),
  stepsSaved: z.int(),
  secondsSaved: z.number(),
});
export type StopReplay = z.infer<typeof stopReplay>;
