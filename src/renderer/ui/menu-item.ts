import type { Component } from 'vue';

/** A line of a menu. `checked` makes it a choice with a tick; `rule` draws a line above it. */
export interface MenuItem {
  readonly label: string;
  readonly run: () => void;
  readonly icon?: Component;
  readonly keys?: string;
  readonly hint?: string;
  readonly checked?: boolean;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly rule?: boolean;
}
