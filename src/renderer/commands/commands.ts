import { defineStore } from 'pinia';
import { computed, onScopeDispose, shallowRef, toValue, watch } from 'vue';
import type { Component, MaybeRefOrGetter } from 'vue';
import { commandTable } from '../../contracts/commands.ts';
import type { CommandEntry, CommandId } from '../../contracts/commands.ts';

/** A command of the table that can be done now. */
export interface OfferedCommand {
  readonly id: CommandId;
  /** The thing that it is done to, where a command is offered for several: the id of a sweep, the name of a preset. */
  readonly of?: string;
  /** In place of the table's words, where the thing is known: 'Pause Gradient norm, seed 17'. */
  readonly label?: string;
  readonly run: () => void;
  readonly icon?: Component;
  /** Shown at the right of the palette's line. */
  readonly hint?: string;
}

/** A command that can be done now, with all that the table says of it. */
export type Command = OfferedCommand & CommandEntry & { readonly label: string; readonly key: string };

/** Milliseconds in which the screen of a command must have come. */
const arrivalPatience = 5000;

type Source = MaybeRefOrGetter<readonly OfferedCommand[]>;

/** An offered command with the words and the shortcut of the table. */
export function commandOf(offered: OfferedCommand): Command {
  const { id, of } = offered;
  return { ...commandTable[id], ...offered, key: of === undefined ? id : `${id}:${of}` };
}

/** What can be done now, on the frame and the screen in front: for palette, shortcuts, their list and native menus. */
export const useCommandTable = defineStore('commands', () => {
  const sources = shallowRef<readonly Source[]>([]);

  /** Of two offers of one command the one made last counts. */
  const commands = computed<readonly Command[]>(() => {
    const offered = new Map<string, Command>();
    for (const source of sources.value) {
      for (const command of toValue(source).map(commandOf)) offered.set(command.key, command);
    }
    return [...offered.values()];
  });

  function add(source: Source): () => void {
    sources.value = [...sources.value, source];
    return () => {
      sources.value = sources.value.filter((other) => other !== source);
    };
  }

  /** Does a command, where it is offered. Returns whether it was. */
  function run(id: CommandId): boolean {
    const command = commands.value.findLast((offered) => offered.id === id);
    command?.run();
    return command !== undefined;
  }

  /** Does a command as soon as the screen that is being opened offers it. */
  function runSoon(id: CommandId): void {
    wanted = run(id) ? null : { id, until: performance.now() + arrivalPatience };
  }
  let wanted: { readonly id: CommandId; readonly until: number } | null = null;
  watch(commands, () => {
    if (wanted === null || (wanted.until > performance.now() && !run(wanted.id))) return;
    wanted = null;
  });

  return { commands, add, run, runSoon };
});

/** Offers commands while the component that calls this is there. Give a getter where they change with its state. */
export function useCommands(source: Source): void {
  onScopeDispose(useCommandTable().add(source));
}
