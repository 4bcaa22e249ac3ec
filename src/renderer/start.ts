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
const router = makeRouter();
app.use(router);
// The files of a screen are fetched when it is first opened; after an update they have other names.
router.onError(() => {
  useToasts().showError({
    code: 'window/screen-missing',
    message: 'the screen could not be loaded',
    remedy: 'reload the window: the application may have been updated',
  });
});
// What nobody expected is told as well, and stays in the console with its place.
app.config.errorHandler = (thrown) => {
  console.error(thrown);
  useToasts().showError(thrown);
};
// In a turn of its own: to read the code and to draw its first screen are two long pieces of work.
setTimeout(() => app.mount('#app'));
