// The features that the map has drawn in the window, and how many are in each class of colour. Legend, table and
// picture are made of it, so they cannot disagree with the map.
import type { Meta } from '../server/contract';
import { classOf, resolutionAt, scaleOf, spotClasses, type Subject } from '../symbology/scale';
import type { Texture } from '../symbology/symbols';
import { hamletZoom } from './expressions';
import type { LayerState } from './layerState';
import type { MapController } from './controller';

export interface VisibleFeatures {
  subject: Subject;
  /** How many places are in each class, from the lowest. */
  classes: number[];
  /** How many have each texture; those without a team are in a class as well. */
  textures: Partial<Record<Texture, number>>;
  /** The properties that the tiles have of each place, once each. */
  places: Record<string, unknown>[];
}

/** What is coloured at a zoom: below hamletZoom communes in place of hamlets, and cells as fine as are published. */
export function subjectAt(by: LayerState['by'], zoom: number, meta: Meta): Subject {
  if (by === 'cells') return { kind: 'cells', resolution: resolutionAt(zoom, meta.public?.max_resolution) };
  return { kind: by === 'hamlets' && zoom >= hamletZoom ? 'hamlets' : 'communes' };
}

const texturesByLayer: Record<string, Texture> = {
  'no-data': 'no_data',
  never: 'never',
  suppressed: 'suppressed',
  'too-few': 'too_few',
};

export function visibleFeaturesOf({ map, front, dataLayers }: MapController, meta: Meta): VisibleFeatures | null {
  if (!front) return null;
  const subject = subjectAt(front.by, map.getZoom(), meta);
  const { property, breaks, colours } = scaleOf(front.measure, subject);
  const visible: VisibleFeatures = { subject, classes: colours.map(() => 0), textures: {}, places: [] };
  const seen = new Set<unknown>();
  for (const { id, layer, properties } of map.queryRenderedFeatures({ layers: dataLayers })) {
    if (seen.has(id)) continue; // a place may be in several tiles
    seen.add(id);
    visible.places.push(properties);
    const texture = texturesByLayer[layer.id.replace(/^far-|~$/g, '')];
    if (texture) visible.textures[texture] = (visible.textures[texture] ?? 0) + 1;
    else {
      const value = properties[property] as number | string;
      const at =
        typeof value === 'string' ? spotClasses.indexOf(value as (typeof spotClasses)[number]) : classOf(value, breaks);
      visible.classes[at]!++;
    }
    if (properties.no_team === true && subject.kind !== 'cells')
      visible.textures.no_team = (visible.textures.no_team ?? 0) + 1;
  }
  return visible;
}
