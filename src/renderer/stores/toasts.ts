import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import { toErrorShape } from '../../contracts/errors.ts';
import { errorSentences } from '../format/words.ts';

export interface ToastContent {
  readonly text: string;
  readonly kind?: 'info' | 'error';
  readonly detail?: string;
  /** Takes back what the toast tells of. */
  readonly undo?: () => Promise<void>;
}

export interface Toast extends ToastContent {
  readonly id: number;
}

/** Short messages at the edge of the window, newest last. The view decides how long one stays. */
export const useToasts = defineStore('toasts', () => {
  const items = shallowRef<readonly Toast[]>([]);
  let count = 0;

  function show(content: ToastContent): void {
    count += 1;
    items.value = [...items.value, { ...content, id: count }];
  }

  function dismiss(id: number): void {
    items.value = items.value.filter((item) => item.id !== id);
  }

  /** What went wrong, in the words of the error. */
  function showError(thrown: unknown): void {
    const shape = toErrorShape(thrown);
    const { text, detail } = errorSentences(shape);
    show({ kind: 'error', text, ...(detail === '' ? {} : { detail }) });
  }

  return { items, show, showError, dismiss };
});
