import { ArrowDown, ArrowDownToLine, ArrowUp, ArrowUpToLine } from '@lucide/vue';
import { queuePriorities } from '../../../contracts/queue.ts';
import { sentenceCase } from '../../format/words.ts';
import type { useQueue } from '../../stores/queue.ts';
import type { MenuItem } from '../../ui/menu-item.ts';
import type { QueueLine } from './queue-lines.ts';

/** Where a line of the queue can be put: the same in its menu and in the palette. */
export function lineActions(queue: ReturnType<typeof useQueue>, line: QueueLine): MenuItem[] {
  const ids = line.runs.map(({ id }) => id);
  return [
    { label: 'To the top', icon: ArrowUpToLine, keys: 'Alt+Home', run: () => void queue.move(ids, 'top') },
    { label: 'Up', icon: ArrowUp, keys: 'Alt+Up', run: () => void queue.move(ids, 'up') },
    { label: 'Down', icon: ArrowDown, keys: 'Alt+Down', run: () => void queue.move(ids, 'down') },
    { label: 'To the end', icon: ArrowDownToLine, keys: 'Alt+End', run: () => void queue.move(ids, 'bottom') },
    ...queuePriorities.map((priority, index): MenuItem => ({
      label: `${sentenceCase(priority)} priority`,
      checked: line.entry?.priority === priority,
      rule: index === 0,
      run: () => void queue.prioritise(ids, priority),
    })),
  ];
}
