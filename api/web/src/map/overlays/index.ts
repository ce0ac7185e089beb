// The overlays of the map, from below. To add one, write its file and put it on this list.
import type { Meta } from '../../server/contract';
import { flags } from './flags';
import { households } from './households';
import type { Overlay } from './overlay';

export const overlays: readonly Overlay[] = [households, flags];

/** The overlays of which this server answers tiles. */
export function overlaysOf(meta: Meta): Overlay[] {
  return overlays.filter(({ name }) => meta.tile_layers?.includes(name));
}
