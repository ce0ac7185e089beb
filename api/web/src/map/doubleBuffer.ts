// The map has two screens, one before the other. Another period is loaded behind the one that
// is seen and comes to the front when all of it is there: nothing flickers, tile by tile, and
// while months play the next is ready before its turn.
import type { Scene } from './layers';

export interface Screens {
  front: 0 | 1;
  shows: readonly [Scene | null, Scene | null];
  /** What is behind comes to the front as soon as it is ready. */
  due: boolean;
}

/** Whether two scenes need the same tiles: a measure is only another colour of them. */
export function sameTiles(a: Scene | null, b: Scene | null): boolean {
  return a !== null && b !== null && a.by === b.by && JSON.stringify(a.lens) === JSON.stringify(b.lens);
}

/** The next step towards showing the wanted scene, with the one ahead (null: none) ready behind
 * it. The same screens come back where there is nothing to do but to wait. */
export function nextScreens(
  now: Screens,
  wanted: Scene,
  ahead: Scene | null,
  ready: (screen: 0 | 1) => boolean,
): Screens {
  const back = now.front === 0 ? 1 : 0;
  const put = (screen: 0 | 1, scene: Scene | null): Screens['shows'] =>
    screen === 0 ? [scene, now.shows[1]] : [now.shows[0], scene];
  const seen = now.shows[now.front]!;

  if (now.due) return ready(back) ? { front: back, shows: now.shows, due: false } : now;
  if (!sameTiles(seen, wanted)) return { front: now.front, shows: put(back, wanted), due: true };
  if (seen.measure !== wanted.measure) return { ...now, shows: put(now.front, wanted) };
  if (ahead) return sameTiles(now.shows[back], ahead) || !ready(now.front) ? now : { ...now, shows: put(back, ahead) };
  // At rest there is one screen, the first: borders and names come from its tiles.
  if (now.front === 1) return { front: 1, shows: put(0, wanted), due: true };
  return now.shows[1] ? { ...now, shows: put(1, null) } : now;
}
