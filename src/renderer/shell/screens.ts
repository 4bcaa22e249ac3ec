import { ChartLine, Cpu, Grid3x3, Images, Import, List, ListOrdered, Plus, Settings } from '@lucide/vue';
import type { Component } from 'vue';
import type { RouteMeta } from 'vue-router';

/** A screen of the navigation. */
export interface Screen {
  readonly section: RouteMeta['section'];
  readonly label: string;
  readonly icon: Component;
}

/** Every screen, in the order of the navigation. */
export const screens: readonly Screen[] = [
  { section: 'runs', label: 'Runs', icon: List },
  { section: 'queue', label: 'Queue', icon: ListOrdered },
  { section: 'sweeps', label: 'Sweeps', icon: Grid3x3 },
  { section: 'compare', label: 'Compare', icon: ChartLine },
  { section: 'new', label: 'New run', icon: Plus },
  { section: 'import', label: 'Import', icon: Import },
  { section: 'datasets', label: 'Data sets', icon: Images },
  { section: 'devices', label: 'Devices', icon: Cpu },
  { section: 'settings', label: 'Settings', icon: Settings },
];
