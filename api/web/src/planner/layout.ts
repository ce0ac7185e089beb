// Wide and narrow windows: on a narrow one the place is in a sheet at the bottom.
import { useEffect, useState } from 'react';
import type { Padding } from '../map/MapView';

/** Below this width in pixels panels do not fit beside the map. */
const narrowPx = 1024;

export function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(window.innerWidth < narrowPx);
  useEffect(() => {
    const listen = () => setNarrow(window.innerWidth < narrowPx);
    window.addEventListener('resize', listen);
    return () => window.removeEventListener('resize', listen);
  }, []);
  return narrow;
}

/** How much of the window the panels cover, in pixels, so that a place is shown beside them. */
export function paddingOf(narrow: boolean, sheetPulled: boolean): Padding {
  const gap = 24;
  const boxOfPanel = (name: string) => document.querySelector(name)?.getBoundingClientRect();
  if (!narrow) {
    return {
      top: gap,
      bottom: gap,
      left: (boxOfPanel('.rail')?.right ?? 0) + gap,
      right: (boxOfPanel('.panel')?.width ?? 0) + 2 * gap,
    };
  }
  const top = (boxOfPanel('.search')?.bottom ?? 0) + gap;
  // The sheet may still be moving: its final height counts. While it is down, the short legend and the months
  // are above it.
  const below = (name: string) => (boxOfPanel(name)?.height ?? -10) + 10;
  const sheet = sheetPulled
    ? window.innerHeight * 0.54
    : window.innerWidth < 640
      ? 236 + below('.key') + below('.timeline')
      : 236;
  return { top, bottom: sheet + gap, left: gap, right: gap };
}
