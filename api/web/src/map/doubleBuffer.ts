// The map has two screens, one before the other. Another period is loaded behind the one that
// is seen and comes to the front when all of it is there: nothing flickers, tile by tile, and
// while months play the next is ready before its turn.
import type { LayerState } from './layerState';

export interface DoubleBuffer {
  front: 0 | 1;
  states: readonly [LayerState | null, LayerState | null];
  /** What is behind comes to the front as soon as it is ready. */
  swapPending: boolean;
}

/** Whether two scenes need the same tiles: a measure is only another colour of them. */
export function sameTiles(a: LayerState | null, b: LayerState | null): boolean {
  return a !== null && b !== null && a.by === b.by && JSON.stringify(a.filter) === JSON.stringify(b.filter);
}

/** The next step towards showing the wanted scene, with the one ahead (null: none) ready behind
 * it. The same screens come back where there is nothing to do but to wait. */
export function nextBuffer(
  now: DoubleBuffer,
  wanted: LayerState,
  ahead: LayerState | null,
  ready: (slot: 0 | 1) => boolean,
): DoubleBuffer {
  const back = now.front === 0 ? 1 : 0;
  const put = (slot: 0 | 1, layerState: LayerState | null): DoubleBuffer['states'] =>
    slot === 0 ? [layerState, now.states[1]] : [now.states[0], layerState];
  const seen = now.states[now.front]!;

  if (now.swapPending) return ready(back) ? { front: back, states: now.states, swapPending: false } : now;
  if (!sameTiles(seen, wanted)) return { front: now.front, states: put(back, wanted), swapPending: true };
  if (seen.measure !== wanted.measure) return { ...now, states: put(now.front, wanted) };
  if (ahead)
    return sameTiles(now.states[back], ahead) || !ready(now.front) ? now : { ...now, states: put(back, ahead) };
  // At rest there is one screen, the first: borders and names come from its tiles.
  if (now.front === 1) return { front: 1, states: put(0, wanted), swapPending: true };
  return now.states[1] ? { ...now, states: put(1, null) } : now;
}
