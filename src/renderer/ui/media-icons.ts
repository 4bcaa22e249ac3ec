import { Pause, Play, Square } from '@lucide/vue';
import { h } from 'vue';
import type { Component, FunctionalComponent } from 'vue';

/** Signs of a player are solid, unlike all other icons. */
const solid = (icon: Component): FunctionalComponent => {
  const drawn: FunctionalComponent = (_, { attrs }) => h(icon, { ...attrs, fill: 'currentColor' });
  drawn.inheritAttrs = false;
  return drawn;
};

export const PlayIcon = solid(Play);
export const PauseIcon = solid(Pause);
export const StopIcon = solid(Square);
