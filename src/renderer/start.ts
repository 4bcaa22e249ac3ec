import { createPinia } from 'pinia';
import { createApp } from 'vue';
import { connectToHost } from './bridge/connect.ts';
import { makeRouter } from './router.ts';
import AppShell from './shell/AppShell.vue';
import { provideHost } from './stores/bridge.ts';

const app = createApp(AppShell);
provideHost(app, connectToHost());
app.use(createPinia());
app.use(makeRouter());
app.mount('#app');
