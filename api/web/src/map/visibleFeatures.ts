// What the map shows, told in numbers: how many places are in each class of its colours, and
// which. The legend and the table are made of it, so they cannot disagree with the map.
import { classOf, resolutionAt, scaleOf, spotClasses, type Subject } from '../symbology/scale';
import type { Texture } from '../symbology/symbols';
import { hamletZoom, type Scene } from './layers';
import type { Stage } from './controller';

export interface Sight {
  subject: Subject;
  /** How many places are in each class, from the lowest. */
  classes: number[];
  /** How many have each texture; those without a team are in a class as well. */
  textures: Partial<Record<Texture, number>>;
  /** The properties that the tiles have of each place, once each. */
  places: Record<string, unknown>[];
}

/** What is coloured at a zoom: from afar communes stand for their hamlets. */
export function subjectAt(by: Scene['by'], zoom: number): Subject {
  if (by === 'cells') return { kind: 'cells', resolution: resolutionAt(zoom) };
  return { kind: by === 'hamlets' && zoom >= hamletZoom ? 'hamlets' : 'communes' };
}

const texturesByLayer: Record<string, Texture> = {
  'no-data': 'no_data',
  never: 'never',
  suppressed: 'suppressed',
  'too-few': 'too_few',
};

export function sightOf({ map, front, told }: Stage): Sight | null {
  if (!front) return null;
  const subject = subjectAt(front.by, map.getZoom());
  const { property, breaks, colours } = scaleOf(front.measure, subject);
  const sight: Sight = { subject, classes: colours.map(() => 0), textures: {}, places: [] };
  const seen = new Set<unknown>();
  for (const { id, layer, properties } of map.queryRenderedFeatures({ layers: told })) {
    if (seen.has(id)) continue; // a place may lie in several tiles
    seen.add(id);
    sight.places.push(properties);
    const texture = texturesByLayer[layer.id.replace(/^far-|~$/g, '')];
    if (texture) sight.textures[texture] = (sight.textures[texture] ?? 0) + 1;
    else {
      const value = properties[property] as number | string;
      const at =
        typeof value === 'string' ? spotClasses.indexOf(value as (typeof spotClasses)[number]) : classOf(value, breaks);
      sight.classes[at]!++;
    }
    if (properties.no_team === true && subject.kind !== 'cells')
      sight.textures.no_team = (sight.textures.no_team ?? 0) + 1;
  }
  return sight;
}
