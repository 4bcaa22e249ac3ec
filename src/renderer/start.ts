import { createPinia } from 'pinia';
import { createApp } from 'vue';
import { connectToHost } from './bridge/connect.ts';
import { makeRouter } from './router.ts';
import AppShell from './shell/AppShell.vue';
import { provideHost } from './stores/bridge.ts';
import { useToasts } from './stores/toasts.ts';

const app = createApp(AppShell);
provideHost(app, connectToHost());
app.use(createPinia());
app.use(makeRouter());
// What nobody expected is told as well, and stays in the console with its place.
app.config.errorHandler = (thrown) => {
  console.error(thrown);
  useToasts().showError(thrown);
};
app.mount('#app');
