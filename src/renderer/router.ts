import { createRouter, createWebHashHistory } from 'vue-router';
import type { RouteRecordRaw, Router } from 'vue-router';
import RunsScreen from './features/runs/RunsScreen.vue';

declare module 'vue-router' {
  interface RouteMeta {
    /** Name of the screen, as title bar, document title and navigation say it. */
    readonly title: string;
    /** Entry of the navigation that is marked. */
    readonly section: 'runs' | 'queue' | 'sweeps' | 'compare' | 'new' | 'import' | 'datasets' | 'devices' | 'settings';
  }
}

/** Every screen, with its address. */
export const routes: readonly RouteRecordRaw[] = [
  { path: '/', redirect: '/runs' },
  { path: '/runs', name: 'runs', component: RunsScreen, meta: { title: 'Runs', section: 'runs' } },
  {
    path: '/runs/:id',
    name: 'run',
    component: () => import('./features/run/RunScreen.vue'),
    props: true,
    meta: { title: 'Runs', section: 'runs' },
  },
  {
    path: '/runs/:id/evaluation',
    name: 'run-evaluation',
    component: () => import('./features/run/RunScreen.vue'),
    props: ({ params }) => ({ id: params['id'], view: 'evaluation' }),
    meta: { title: 'Runs', section: 'runs' },
  },
  {
    path: '/retention',
    name: 'retention',
    component: () => import('./features/retention/RetentionScreen.vue'),
    meta: { title: 'Checkpoint retention', section: 'runs' },
  },
  {
    path: '/early-stopping',
    name: 'early-stop',
    component: () => import('./features/early-stop/EarlyStopScreen.vue'),
    meta: { title: 'Early stopping', section: 'runs' },
  },
  {
    path: '/queue',
    name: 'queue',
    component: () => import('./features/queue/QueueScreen.vue'),
    meta: { title: 'Queue', section: 'queue' },
  },
  {
    path: '/sweeps/:id?',
    name: 'sweeps',
    component: () => import('./features/sweeps/SweepsScreen.vue'),
    props: true,
    meta: { title: 'Sweeps', section: 'sweeps' },
  },
  {
    path: '/compare',
    name: 'compare',
    component: () => import('./features/compare/CompareScreen.vue'),
    meta: { title: 'Compare', section: 'compare' },
  },
  {
    path: '/new',
    name: 'new',
    component: () => import('./features/configure/NewRunScreen.vue'),
    meta: { title: 'New run', section: 'new' },
  },
  {
    path: '/import',
    name: 'import',
    component: () => import('./features/importing/ImportScreen.vue'),
    meta: { title: 'Import', section: 'import' },
  },
  {
    path: '/import/weights/:id',
    name: 'weights',
    component: () => import('./features/importing/WeightsScreen.vue'),
    props: true,
    meta: { title: 'Import', section: 'import' },
  },
  {
    path: '/data-sets',
    name: 'datasets',
    component: () => import('./features/datasets/DatasetsScreen.vue'),
    meta: { title: 'Data sets', section: 'datasets' },
  },
  {
    path: '/devices',
    name: 'devices',
    component: () => import('./features/devices/DevicesScreen.vue'),
    meta: { title: 'Devices', section: 'devices' },
  },
  {
    path: '/settings',
    name: 'settings',
    component: () => import('./features/settings/SettingsScreen.vue'),
    meta: { title: 'Settings', section: 'settings' },
  },
  { path: '/:rest(.*)', redirect: '/runs' },
];

/**
 * Addresses follow the hash: the same files open under `app://`, from a web host and from a development server,
 * whatever path a screen has.
 */
export const makeRouter = (): Router => createRouter({ history: createWebHashHistory(), routes });
