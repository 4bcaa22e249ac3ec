import { inject, provide } from 'vue';
import type { InjectionKey } from 'vue';

const targetKey: InjectionKey<string> = Symbol('floating target');

/**
 * Where menus, lists and hints are rendered: a landmark at the end of the window, or the body inside a dialog, which
 * hides everything else from screen readers.
 */
export const useFloatingTarget = (): string => inject(targetKey, '#floating');

export function provideDialogFloats(): void {
  provide(targetKey, 'body');
}
