import { CornerUpRight } from '@lucide/vue';
import type { Component } from 'vue';
import type { RunRecord } from '../../contracts/run-record.ts';
import { commandIds, commandTable } from '../../contracts/commands.ts';
import type { CommandId, CommandPlace } from '../../contracts/commands.ts';
import type { Command } from '../commands/commands.ts';
import { searchFuzzy } from '../commands/fuzzy.ts';

/** A line of the palette. */
export interface PaletteEntry {
  readonly id: string;
  readonly label: string;
  /** What is searched beside the label. */
  readonly words: string;
  readonly hint: string;
  readonly run: () => void;
  readonly icon?: Component;
  readonly keys?: string;
  /** The run that the line stands for. */
  readonly record?: RunRecord;
}

export interface FoundEntry {
  readonly entry: PaletteEntry;
  /** Parts of the label that matched. */
  readonly ranges: readonly number[];
}

export interface PaletteGroup {
  readonly title: string;
  readonly entries: readonly FoundEntry[];
}

/** Lines of one group that are shown: more would have to be scrolled for. */
const mostOfGroup = 8;

export function commandEntries(commands: readonly Command[]): PaletteEntry[] {
  return commands
    .filter((command) => command.quiet !== true)
    .map(({ key, label, group, run, icon, keys, hint }) => ({
      id: key,
      label,
      words: group,
      hint: hint ?? '',
      run,
      ...(icon === undefined ? {} : { icon }),
      ...(keys === undefined ? {} : { keys }),
    }));
}

/** Where a command of another screen is done. */
const placeWords: Readonly<Record<CommandPlace, string | null>> = {
  // What is of every screen and not offered cannot be done at all now; what this host does not do, not here.
  everywhere: null,
  host: null,
  runs: 'in Runs',
  run: "on a run's page",
  queue: 'in Queue',
  sweeps: 'in Sweeps',
  compare: 'in Compare',
  new: 'in New run',
  import: 'in Import',
  datasets: 'in Data sets',
  devices: 'in Devices',
};

/** The commands of the table that are done on other screens; each leads there. */
export function elsewhereEntries(
  offered: readonly Command[],
  lead: (id: CommandId, place: CommandPlace) => void,
): PaletteEntry[] {
  const here = new Set(offered.map(({ id }) => id));
  return commandIds.flatMap((id) => {
    const { label, group, places, keys, quiet } = commandTable[id];
    const [place] = places;
    const where = place === undefined ? null : placeWords[place];
    if (here.has(id) || quiet === true || place === undefined || where === null) return [];
    return [
      {
        id: `elsewhere:${id}`,
        label,
        words: `${group} ${where}`,
        hint: where,
        icon: CornerUpRight,
        run: () => lead(id, place),
        ...(keys === undefined ? {} : { keys }),
      },
    ];
  });
}

/** What fits the words, by group; groups without a line are left out. */
export function findEntries(
  groups: readonly { readonly title: string; readonly entries: readonly PaletteEntry[] }[],
  needle: string,
): PaletteGroup[] {
  return groups
    .map(({ title, entries }) => {
      const found = searchFuzzy(entries, ({ label, words }) => `${label} ${words}`, needle);
      const shown = found
        .slice(0, mostOfGroup)
        .map(({ item, ranges }) => ({ entry: item, ranges: within(ranges, item) }));
      return { title, entries: shown };
    })
    .filter(({ entries }) => entries.length > 0);
}

/** Ranges inside the label: what matched behind it is not shown there. */
function within(ranges: readonly number[], { label }: PaletteEntry): number[] {
  const inside: number[] = [];
  for (let index = 0; index + 1 < ranges.length; index += 2) {
    const start = ranges[index] ?? 0;
    if (start < label.length) inside.push(start, Math.min(ranges[index + 1] ?? 0, label.length));
  }
  return inside;
}
