import type { WindowBounds } from '../lab/stored-settings.ts';

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const smallestWindow = { width: 960, height: 600 } as const;
const preferredWindow = { width: 1440, height: 900 } as const;

/**
 * Where to open the window: the remembered place, moved and shrunk into the work area that it overlaps most;
 * without a remembered place, or when its display is gone, the preferred size in the middle of the first area.
 */
export function placeWindow(remembered: WindowBounds | null, areas: readonly Area[]): WindowBounds {
  const first = areas[0] ?? { x: 0, y: 0, ...preferredWindow };
  const home = remembered === null ? null : mostOverlapping(remembered, areas);
  if (remembered === null || home === null) return { ...centred(first), maximized: remembered?.maximized ?? false };
  const width = fit(remembered.width, smallestWindow.width, home.width);
  const height = fit(remembered.height, smallestWindow.height, home.height);
  return {
    x: Math.min(Math.max(remembered.x, home.x), home.x + Math.max(home.width - width, 0)),
    y: Math.min(Math.max(remembered.y, home.y), home.y + Math.max(home.height - height, 0)),
    width,
    height,
    maximized: remembered.maximized,
  };
}

function centred(area: Area): Area {
  const width = fit(preferredWindow.width, smallestWindow.width, area.width);
  const height = fit(preferredWindow.height, smallestWindow.height, area.height);
  return {
    x: area.x + Math.max(Math.round((area.width - width) / 2), 0),
    y: area.y + Math.max(Math.round((area.height - height) / 2), 0),
    width,
    height,
  };
}

function fit(wanted: number, smallest: number, available: number): number {
  return Math.max(Math.min(wanted, available), smallest);
}

function mostOverlapping(bounds: Area, areas: readonly Area[]): Area | null {
  let best: Area | null = null;
  let bestOverlap = 0;
  for (const area of areas) {
    const width = Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x);
    const height = Math.min(bounds.y + bounds.height, area.y + area.height) - Math.max(bounds.y, area.y);
    const overlap = Math.max(width, 0) * Math.max(height, 0);
    if (overlap > bestOverlap) {
      best = area;
      bestOverlap = overlap;
    }
  }
  return best;
}
