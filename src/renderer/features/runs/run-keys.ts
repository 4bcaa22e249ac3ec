import { useCommands } from '../../commands/commands.ts';
import { useCatalogue } from '../../stores/catalogue.ts';
import { useRuns } from '../../stores/runs.ts';

/** The run whose name has the focus. */
export function focusedRun(): string | null {
  const { activeElement } = document;
  return activeElement instanceof HTMLElement ? (activeElement.dataset.run ?? null) : null;
}

/** Moves the focus to the next or previous name of a run on the page; to the first where none has it. */
export function stepFocus(by: 1 | -1): void {
  const names = [...document.querySelectorAll<HTMLElement>('main [data-run]')];
  const at = names.findIndex((name) => name === document.activeElement);
  const next = at < 0 ? names[0] : names[at + by];
  next?.focus();
}

/** J, K and the arrows move through the runs on a page, Space pauses and resumes the one with the focus. */
export function useRunKeys(step: (by: 1 | -1) => void = stepFocus): void {
  const runs = useRuns();
  const catalogue = useCatalogue();

  function pauseOrResume(): void {
    const id = focusedRun();
    const status = id === null ? undefined : runs.byId(id)?.status;
    if (id === null || catalogue.host?.library.readOnly === true) return;
    if (status === 'running') void runs.pause(id);
    else if (status === 'paused') void runs.resume(id);
  }

  useCommands(() => [
    {
      id: 'list.next',
      run: () => step(1),
    },
    {
      id: 'list.previous',
      run: () => step(-1),
    },
    {
      id: 'list.pause',
      run: pauseOrResume,
    },
  ]);
}
