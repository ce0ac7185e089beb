import { describe, expect, it } from 'vitest';
import { layerStateOf, type LayerState } from './layerState';
import type { Meta } from '../server/contract';
import { initial } from '../view/view';
import { nextBuffer, sameTiles, type DoubleBuffer } from './doubleBuffer';

const meta = { today: '2026-11-21' } as Meta;
const month = (number: number, more: Partial<LayerState> = {}): LayerState => ({
  ...layerStateOf(initial, meta, `2026-0${number}`),
  ...more,
});
const all = () => true;
const none = () => false;

/** Steps until there is nothing more to do. */
function settle(
  buffer: DoubleBuffer,
  wanted: LayerState,
  ahead: LayerState | null,
  ready: (slot: 0 | 1) => boolean,
): DoubleBuffer {
  for (let steps = 0; steps < 10; steps++) {
    const next = nextBuffer(buffer, wanted, ahead, ready);
    if (next === buffer) return buffer;
    buffer = next;
  }
  throw new Error('the screens never come to rest');
}

const start = (layerState: LayerState): DoubleBuffer => ({ front: 0, states: [layerState, null], swapPending: false });

describe('screens', () => {
  it('do not change while the wanted state is shown', () =>
    expect(settle(start(month(1)), month(1), null, all)).toEqual(start(month(1))));

  it('load another state in the back buffer', () => {
    const waiting = settle(start(month(1)), month(2), null, (slot) => slot === 0);
    expect(waiting).toEqual({ front: 0, states: [month(1), month(2)], swapPending: true });
  });

  it('bring it to the front once it is all there, and home again', () => {
    const done = settle({ front: 0, states: [month(1), month(2)], swapPending: true }, month(2), null, all);
    expect(done).toEqual(start(month(2)));
  });

  it('keep the next month ready behind the one that plays', () => {
    const first = settle(start(month(1)), month(1), month(2), all);
    expect(first).toEqual({ front: 0, states: [month(1), month(2)], swapPending: false });
    const second = settle(first, month(2), month(3), all);
    expect(second).toEqual({ front: 1, states: [month(3), month(2)], swapPending: false });
  });

  it('load nothing ahead while the front itself is on its way', () => {
    expect(settle(start(month(1)), month(1), month(2), none)).toEqual(start(month(1)));
  });

  it('finish what is on its way before they turn to what was wanted since', () => {
    const late: DoubleBuffer = { front: 0, states: [month(1), month(2)], swapPending: true };
    expect(settle(late, month(5), null, none)).toBe(late);
    expect(settle(late, month(5), null, all).states[0]).toEqual(month(5));
  });

  it('change colours at once where the tiles are the same', () => {
    const attempts = month(1, { measure: 'attempts' });
    expect(sameTiles(month(1), attempts)).toBe(true);
    expect(settle(start(month(1)), attempts, null, none)).toEqual(start(attempts));
  });

  it('need other tiles for hot spots, change and cells', () => {
    const layerState = (change: Partial<typeof initial>) => layerStateOf({ ...initial, ...change }, meta);
    for (const change of [{ measure: 'spots' }, { measure: 'change' }, { by: 'cells' }] as const) {
      expect(sameTiles(layerState({}), layerState(change))).toBe(false);
    }
  });
});
