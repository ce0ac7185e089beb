// Double buffering of the map: another state is loaded in the back buffer, and the buffers are swapped when all of
// its tiles are loaded. Nothing flickers tile by tile, and while months play the next month is loaded in advance.
import type { LayerState } from './layerState';

export interface DoubleBuffer {
  front: 0 | 1;
  states: readonly [LayerState | null, LayerState | null];
  /** The buffers are swapped as soon as the back one is ready. */
  swapPending: boolean;
}

/** Whether two states need the same tiles: a measure only colours them differently. */
export function sameTiles(a: LayerState | null, b: LayerState | null): boolean {
  return a !== null && b !== null && a.by === b.by && JSON.stringify(a.filter) === JSON.stringify(b.filter);
}

/** The next step towards showing the requested state, with the state ahead (null: none) in the back buffer. Returns the
 * same object where there is nothing to do but to wait. */
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
  // With nothing ahead only the first buffer is used: borders and names come from its tiles.
  if (now.front === 1) return { front: 1, states: put(0, wanted), swapPending: true };
  return now.states[1] ? { ...now, states: put(1, null) } : now;
}
