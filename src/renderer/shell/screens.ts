import { ChartLine, Cpu, Grid3x3, Images, List, ListOrdered, Plus, Settings } from '@lucide/vue';
import type { Component } from 'vue';
import type { RouteMeta } from 'vue-router';

/** A screen of the navigation. */
export interface Screen {
  readonly section: RouteMeta['section'];
  readonly label: string;
  readonly icon: Component;
  /** Shortcut that goes there. */
  readonly keys: string;
}

/** Every screen, in the order of the navigation. */
export const screens: readonly Screen[] = [
  { section: 'runs', label: 'Runs', icon: List, keys: 'G R' },
  { section: 'queue', label: 'Queue', icon: ListOrdered, keys: 'G Q' },
  { section: 'sweeps', label: 'Sweeps', icon: Grid3x3, keys: 'G W' },
  { section: 'compare', label: 'Compare', icon: ChartLine, keys: 'G C' },
  { section: 'new', label: 'New run', icon: Plus, keys: 'G N' },
  { section: 'datasets', label: 'Data sets', icon: Images, keys: 'G S' },
  { section: 'devices', label: 'Devices', icon: Cpu, keys: 'G D' },
  { section: 'settings', label: 'Settings', icon: Settings, keys: 'Ctrl+,' },
];
