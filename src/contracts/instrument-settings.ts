import { z } from 'zod';
import { instrumentDescription, instrumentIds } from './instruments.ts';
import type { InstrumentId } from './instruments.ts';
import { methodDescription } from './methods.ts';
import type { MethodId } from './methods.ts';

const idMessage = { error: `expected one of ${instrumentIds.join(', ')}` };
const identifier = z.enum(instrumentIds, idMessage).meta({ label: 'Instrument' });

/** Fields of the run spec about what is measured beside the training. They never change what a run trains. */
export const instrumentSettings = {
  instruments: z
    .array(
      z
        .union(
          [
            identifier.meta({ label: 'Usual schedule' }),
            z
              .strictObject({
                id: identifier,
                every: z
                  .int('expected a whole number from 1')
                  .min(1, 'expected a whole number from 1')
                  .max(1_000_000, 'expected at most 1000000')
                  .meta({ label: 'Every', unit: 'steps' }),
              })
              .meta({ label: 'Own schedule' }),
          ],
          { error: `expected an instrument (${instrumentIds.join(', ')}) or {"id": ..., "every": STEPS}` },
        )
        .meta({ label: 'Instrument' }),
    )
    .max(instrumentIds.length, `expected at most ${String(instrumentIds.length)} instruments`)
    .optional()
    .meta({
      label: 'Instruments',
      help: 'Measured beside the training, at its first step and on a schedule. The training stays the same, byte for byte.',
    }),
  instrumentBudget: z
    .number('expected a share above 0, at most 1')
    .positive('expected a share above 0, at most 1')
    .max(1, 'expected a share above 0, at most 1')
    .optional()
    .meta({
      label: 'Instrument budget',
      help: 'Greatest share of the time that instruments may take, such as 0.1. Above it the costly ones are measured half as often.',
    }),
};

/** An instrument and the steps between two measurements. */
export interface ScheduledInstrument {
  readonly id: InstrumentId;
  readonly every: number;
}

export type InstrumentEntry = InstrumentId | ScheduledInstrument;

/** Every instrument of a spec with its schedule. */
export function scheduledInstruments(entries: readonly InstrumentEntry[] = []): ScheduledInstrument[] {
  return entries.map((entry) =>
    typeof entry === 'string' ? { id: entry, every: instrumentDescription(entry).every } : entry,
  );
}

/** What is wrong with the instruments of a spec, by position. */
export function instrumentProblems(
  method: MethodId,
  entries: readonly InstrumentEntry[] = [],
): { readonly index: number; readonly message: string }[] {
  const ids = scheduledInstruments(entries).map(({ id }) => id);
  return ids.flatMap((id, index) => {
    if (ids.indexOf(id) < index) return [{ index, message: `${id} is there already: expected each instrument once` }];
    if (id === 'penalty-gradient-norm' && !methodDescription(method).required.includes('lambda')) {
      return [{ index, message: `${method} has no penalty to measure: leave ${id} out` }];
    }
    return [];
  });
}
