/** For tools that do not read single-file components themselves; vue-tsc knows the real types. */
declare module '*.vue' {
  import type { DefineComponent } from 'vue';
  const component: DefineComponent;
  export default component;
}
