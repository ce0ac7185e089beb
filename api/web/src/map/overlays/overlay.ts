// An overlay is a layer of tiles above the coloured cells or areas, whose features the pointer finds.
import type { LayerSpecification } from 'maplibre-gl';
import type { ComponentType } from 'react';
import type { Symbol } from '../../symbology/symbols';
import type { Labels } from '../../text/labels';
import type { View } from '../../view/view';

export interface Overlay {
  /** Name of its tiles, of their one layer, and of the layer of the map. */
  name: string;
  /** The property that is the same for a feature in every tile and version. */
  identity: string;
  /** The first zoom of which tiles are loaded. */
  minzoom: number;
  /** What it is drawn above: names of places are drawn over an overlay above borders. */
  above: 'borders' | 'names';
  layer: (view: View) => LayerSpecification;
  /** Images that the layer names, with their size in pixels. */
  images: { name: string; symbol: Symbol; size: number }[];
  /** Heading of what is pointed at, and its contents; without them the figures of an area are shown. */
  title?: Parameters<Labels['t']>[0];
  Details?: ComponentType<{ properties: Record<string, unknown> }>;
  /** Part of the legend. */
  Legend?: ComponentType;
}
