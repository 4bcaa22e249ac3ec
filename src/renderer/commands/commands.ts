import { defineStore } from 'pinia';
import { computed, onScopeDispose, shallowRef, toValue } from 'vue';
import type { Component, MaybeRefOrGetter } from 'vue';

/** Something that the reader can do: a line of the palette, and a shortcut where it has one. */
export interface Command {
  /** Stable name: 'run.pause'. Of two commands with one id the one registered last counts. */
  readonly id: string;
  /** As a button would say it: 'Pause Gradient norm, seed 17'. */
  readonly label: string;
  /** Heading in the palette and in the list of shortcuts. */
  readonly group: string;
  readonly run: () => void;
  readonly icon?: Component;
  /** 'Ctrl+K', 'G R', 'Shift+O', '?'. */
  readonly keys?: string;
  /** Another shortcut for the same: the arrows beside J and K. */
  readonly alsoKeys?: string;
  /** Shown at the right of the palette's line. */
  readonly hint?: string;
  /** Only a shortcut: too small for the palette (moving in a list). */
  readonly quiet?: boolean;
}

type Source = MaybeRefOrGetter<readonly Command[]>;

/** Every command of the frame and of the screen in front, one table for palette, shortcuts and their list. */
export const useCommandTable = defineStore('commands', () => {
  const sources = shallowRef<readonly Source[]>([]);

  const commands = computed<readonly Command[]>(() => {
    const table = new Map<string, Command>();
    for (const source of sources.value) for (const command of toValue(source)) table.set(command.id, command);
    return [...table.values()];
  });

  function add(source: Source): () => void {
    sources.value = [...sources.value, source];
    return () => {
      sources.value = sources.value.filter((other) => other !== source);
    };
  }

  return { commands, add };
});

/** Offers commands while the component that calls this is there. Give a getter where they change with its state. */
export function useCommands(source: Source): void {
  onScopeDispose(useCommandTable().add(source));
}
