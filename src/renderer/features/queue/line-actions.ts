import { ArrowDown, ArrowDownToLine, ArrowUp, ArrowUpToLine } from '@lucide/vue';
import type { Component } from 'vue';
import { queuePriorities } from '../../../contracts/queue.ts';
import { sentenceCase } from '../../format/words.ts';
import type { useQueue } from '../../stores/queue.ts';
import { shortcutOf } from '../../../contracts/commands.ts';
import type { CommandId } from '../../../contracts/commands.ts';
import type { MenuItem } from '../../ui/menu-item.ts';
import type { QueueLine } from './queue-lines.ts';

/** A line of the menu that is a command of the table as well. */
export type LineAction = MenuItem & { readonly id: Extract<CommandId, `queue.${string}`> };

/** Where a line of the queue can be put: the same in its menu and in the palette. */
export function lineActions(queue: ReturnType<typeof useQueue>, line: QueueLine): LineAction[] {
  const ids = line.runs.map(({ id }) => id);
  return [
    move('top', 'To the top', ArrowUpToLine),
    move('up', 'Up', ArrowUp),
    move('down', 'Down', ArrowDown),
    move('bottom', 'To the end', ArrowDownToLine),
    ...queuePriorities.map((priority, index): LineAction => ({
      id: 'queue.priority',
      label: `${sentenceCase(priority)} priority`,
      checked: line.entry?.priority === priority,
      rule: index === 0,
      run: () => void queue.prioritise(ids, priority),
    })),
  ];

  function move(to: 'top' | 'up' | 'down' | 'bottom', label: string, icon: Component): LineAction {
    const id = `queue.${to}` as const;
    return { id, label, icon, keys: shortcutOf(id), run: () => void queue.move(ids, to) };
  }
}
