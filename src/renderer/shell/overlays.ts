import { defineStore } from 'pinia';
import { ref } from 'vue';

/** What lies over the page. */
export const useOverlays = defineStore('overlays', () => ({
  palette: ref(false),
  shortcuts: ref(false),
  about: ref(false),
}));
