// The layers of the map for one view: which, in which order, in which colours.
import type {
  DataDrivenPropertyValueSpecification as Value,
  ExpressionSpecification as Expression,
  FilterSpecification as Filter,
  LayerSpecification as Layer,
  SourceSpecification as Source,
  StyleSpecification,
} from 'maplibre-gl';
import type { Meta } from '../server/contract';
import { resolutionZooms, scaleOf, spotClasses, type Scale, type Subject } from '../symbology/scale';
import type { Texture } from '../symbology/symbols';
import { skillOf, type By, type Measure, type View } from '../view/view';
import { basemapOf } from './basemap';
import type { DoubleBuffer } from './doubleBuffer';
import type { DataFilter, LayerState } from './layerState';
import { byZoom, hamletZoom, state } from './expressions';
import { overlays, overlaysOf } from './overlays';
import type { Overlay } from './overlays/overlay';

/** The kinds of tiles that the map shows: those that are coloured, and the overlays. */
export type SourceName = string;

/** The property that identifies a feature in every tile and version, by kind of tiles. */
const identities: Record<SourceName, string> = {
  areas: 'code',
  cells: 'h3',
  ...Object.fromEntries(overlays.map(({ name, identity }) => [name, identity])),
};

export const ink = '#22315c';

/** For communes by code: the image of their most severe flag and how many hamlets have it. */
export interface Badges {
  icons: Record<string, string>;
  counts: Record<string, string>;
}

const paper = '#fbf8f1';
const land = '#f8f5ec';
const surround = '#dedbd2';

const label = ['Be Vietnam Pro Medium', 'Be Vietnam Pro'];
const labelBold = ['Be Vietnam Pro SemiBold', 'Be Vietnam Pro'];

/** URL template of the tiles of one kind: the version in it lets browsers cache them without end. */
export function tileUrlOf(source: SourceName, filter: DataFilter, meta: Meta): string {
  const query = new URLSearchParams();
  const add = (name: string, value: string | null) => {
    if (value) query.set(name, value);
  };
  add('from', filter.from);
  add('to', filter.to);
  add('boundaries', filter.boundaries);
  if (filter.earlier && (source === 'cells' || source === 'areas')) {
    add('earlier_from', filter.earlier.from);
    add('earlier_to', filter.earlier.to);
  }
  if (filter.spots && source === 'cells') add('hotspots', 'true');
  add('v', meta.version);
  return `${window.location.origin}/tiles/${source}/{z}/{x}/{y}.mvt?${query}`;
}

/** The id of a source; those of the second buffer end in a tilde. */
export function sourceId(source: SourceName, slot: 0 | 1): string {
  return slot === 0 ? source : `${source}~`;
}

export function kindOfSource(id: string): SourceName {
  return id.replace('~', '') as SourceName;
}

/** The sources that the colours of a state come from. */
export function sourceOfState(layerState: LayerState): SourceName {
  return layerState.by === 'cells' ? 'cells' : 'areas';
}

/** Every source with the URL of its tiles. The front buffer decides what is drawn over both buffers. */
export function tileUrlsOf(buffer: DoubleBuffer, meta: Meta): Record<string, string> {
  const over = buffer.states[buffer.front]!.filter;
  const addresses: Record<string, string> = Object.fromEntries(
    overlaysOf(meta).map(({ name }) => [name, tileUrlOf(name, over, meta)]),
  );
  for (const slot of [0, 1] as const) {
    const filter = buffer.states[slot]?.filter ?? (slot === 0 ? over : null);
    if (!filter) continue;
    addresses[sourceId('areas', slot)] = tileUrlOf('areas', filter, meta);
    addresses[sourceId('cells', slot)] = tileUrlOf('cells', filter, meta);
  }
  return addresses;
}

export function styleOf(view: View, meta: Meta, badges: Badges, buffer: DoubleBuffer): StyleSpecification {
  const sources: Record<string, Source> = { ...basemapOf(meta)?.sources };
  for (const [id, address] of Object.entries(tileUrlsOf(buffer, meta))) {
    const kind = kindOfSource(id);
    sources[id] = {
      type: 'vector',
      tiles: [address],
      promoteId: { [kind]: identities[kind]! },
      minzoom: overlays.find(({ name }) => name === kind)?.minzoom ?? 0,
      maxzoom: 16,
      bounds: meta.tile_bounds,
    };
  }
  return {
    version: 8,
    sources,
    layers: layersOf(view, meta, badges, buffer),
    transition: { duration: 200, delay: 0 },
  };
}

const isLevel = (level: string): Filter => ['==', ['get', 'level'], level];
const both = (...filters: Filter[]): Filter => ['all', ...filters] as Filter;

/** Every layer, from the ground up. */
export function layersOf(view: View, meta: Meta, badges: Badges, buffer: DoubleBuffer): Layer[] {
  const coloured = ([0, 1] as const).flatMap((slot) => {
    const layerState = buffer.states[slot];
    return layerState
      ? subjects(layerState.by).flatMap((subject) => fills(layerState, subject, slot, buffer.front === slot, meta))
      : [];
  });
  const overlaid = (above: Overlay['above']) =>
    overlaysOf(meta)
      .filter((overlay) => overlay.above === above)
      .map((overlay) => overlay.layer(view));
  return [
    { id: 'surround', type: 'background', paint: { 'background-color': surround } },
    {
      // A soft shore around the province lifts it off the ground.
      id: 'shore',
      type: 'line',
      source: 'areas',
      'source-layer': 'areas',
      filter: isLevel('province'),
      paint: { 'line-color': '#b9b2a0', 'line-width': 10, 'line-blur': 10, 'line-opacity': 0.6 },
    },
    {
      id: 'land',
      type: 'fill',
      source: 'areas',
      'source-layer': 'areas',
      filter: isLevel('commune'),
      paint: { 'fill-color': land, 'fill-antialias': false },
    },
    ...(basemapOf(meta)?.under ?? []),
    ...coloured,
    ...borders(view),
    ...(basemapOf(meta)?.over ?? []),
    ...overlaid('borders'),
    ...labels(buffer.states[buffer.front]!.by, badges),
    ...overlaid('names'),
  ];
}

/** What is coloured: its tiles, which of their features and from which zoom to which. Tiles
 * have hamlets only from hamletZoom on; above that their communes replace them. */
interface Coloured {
  source: 'cells' | 'areas';
  kind: Subject['kind'];
  filter: Filter;
  prefix: string;
  zooms: { minzoom?: number; maxzoom?: number };
}

function subjects(by: By): Coloured[] {
  const cells: Coloured = { source: 'cells', kind: 'cells', filter: ['has', 'h3'], prefix: '', zooms: {} };
  const hamlets: Coloured = {
    source: 'areas',
    kind: 'hamlets',
    filter: isLevel('hamlet'),
    prefix: '',
    zooms: { minzoom: hamletZoom },
  };
  const communes: Coloured = { source: 'areas', kind: 'communes', filter: isLevel('commune'), prefix: '', zooms: {} };
  switch (by) {
    case 'cells':
      return [cells];
    case 'hamlets':
      return [{ ...communes, prefix: 'far-', zooms: { maxzoom: hamletZoom } }, hamlets];
    case 'communes':
      return [communes];
  }
}

/** The style layers of a buffer that have the coloured features, in the order of their names. */
const dataLayerNames = ['value', 'no-data', 'never', 'suppressed', 'too-few'] as const;

export function dataLayers(slot: 0 | 1): string[] {
  return dataLayerNames.flatMap((name) => ['', 'far-'].map((prefix) => prefix + name + (slot === 1 ? '~' : '')));
}

function fills(
  { measure, by }: LayerState,
  { source, kind, filter, prefix, zooms }: Coloured,
  slot: 0 | 1,
  front: boolean,
  meta: Meta,
): Layer[] {
  const { property } = scaleOf(measure, { kind, resolution: 8 } as Subject);
  const skill = skillOf(measure);
  const few: Expression = skill ? ['==', ['get', `too_few_data_${skill}`], true] : (['literal', false] as Expression);
  const hidden: Expression = ['==', ['get', 'suppressed'], true];
  const unknown: Filter = ['!', ['has', property]];
  const lived: Filter = ['any', ['!', ['has', 'households']], ['>', ['get', 'households'], 0]] as unknown as Filter;
  const never = measure === 'days' ? both(unknown, lived) : (['literal', false] as unknown as Filter);

  // The back buffer draws nothing, which costs nothing, and loads its tiles.
  const shown = <T>(opacity: T): T | 0 => (front ? opacity : 0);
  const at = { source: sourceId(source, slot), 'source-layer': source, ...zooms };
  const id = (name: string) => prefix + name + (slot === 1 ? '~' : '');
  const now = { duration: 0, delay: 0 };
  const texture = (name: string, pattern: Texture, ...which: Filter[]): Layer =>
    ({
      id: id(name),
      type: 'fill',
      ...at,
      filter: both(filter, ...which),
      paint: {
        'fill-pattern': pattern,
        'fill-antialias': false,
        'fill-opacity': shown(1),
        'fill-opacity-transition': now,
      },
    }) as Layer;
  const layers: Layer[] = [
    {
      id: id('value'),
      type: 'fill',
      ...at,
      filter: both(filter, ['has', property], ['!', few]),
      paint: {
        'fill-color': colourFor(measure, kind, meta),
        'fill-antialias': false, // the lines above draw the edges
        'fill-opacity': shown(
          basemapOf(meta) ? byZoom(10, 0.88, 13, 0.62, 16, 0.45) : meta.households ? byZoom(13.5, 0.92, 15, 0.5) : 0.92,
        ),
        'fill-opacity-transition': now,
      },
    } as Layer,
    texture('no-data', 'no_data', unknown, ['!', hidden], ['!', never] as Filter),
    texture('suppressed', 'suppressed', unknown, hidden, ['!', never] as Filter),
  ];
  if (skill) layers.splice(1, 0, texture('too-few', 'too_few', few));
  if (measure === 'days') layers.splice(1, 0, texture('never', 'never', never));
  if (by !== 'cells') layers.push(texture('no-team', 'no_team', ['==', ['get', 'no_team'], true]));
  // Communes have their borders anyway: lines of many corners are what costs the most to draw.
  if (kind === 'communes') return layers;
  layers.push({
    id: id('value-line'),
    type: 'line',
    ...at,
    filter,
    paint: {
      'line-color': ['case', state('hover'), ink, paper],
      'line-width': ['case', state('hover'), 2, by === 'cells' ? 0.4 : 0.8],
      // One for all features: a data-driven value would cause a layout of all tiles again at each swap of the buffers.
      'line-opacity': shown(0.8),
      'line-opacity-transition': now,
    },
  } as Layer);
  return layers;
}

/** The colour of a feature. Bounds of numbers of households go by the size of the cells. */
function colourFor(measure: Measure, kind: Subject['kind'], meta: Meta): Value<string> {
  if (measure === 'spots') {
    const { colours } = scaleOf(measure, { kind: 'cells', resolution: 8 });
    const cases = spotClasses.flatMap((name, index) => [name, colours[index]]);
    return ['match', ['get', 'hotspot'], ...cases, colours[1]] as unknown as Value<string>;
  }
  const step = ({ property, breaks, colours }: Scale) => [
    'step',
    ['get', property],
    colours[0],
    ...breaks.flatMap((bound, index) => [bound, colours[index + 1]]),
  ];
  if (measure !== 'households' || kind !== 'cells')
    return step(scaleOf(measure, { kind, resolution: 8 } as Subject)) as unknown as Value<string>;
  const [first, ...rest] = resolutionZooms.map(([zoom, resolution]) => ({
    zoom,
    colour: step(scaleOf(measure, { kind, resolution: Math.min(resolution, meta.public?.max_resolution ?? 11) })),
  }));
  return [
    'step',
    ['zoom'],
    first!.colour,
    ...rest.flatMap(({ zoom, colour }) => [zoom, colour]),
  ] as unknown as Value<string>;
}

function borders(view: View): Layer[] {
  const line = (id: string, filter: Filter, paint: object): Layer =>
    ({
      id,
      type: 'line',
      source: 'areas',
      'source-layer': 'areas',
      filter,
      paint,
    }) as Layer;
  return [
    // Nothing to see, but there to be pointed at.
    {
      id: 'hit-communes',
      type: 'fill',
      source: 'areas',
      'source-layer': 'areas',
      filter: isLevel('commune'),
      paint: { 'fill-opacity': 0 },
    },
    {
      id: 'hit-hamlets',
      type: 'fill',
      source: 'areas',
      'source-layer': 'areas',
      filter: isLevel('hamlet'),
      paint: { 'fill-opacity': 0 },
    },
    // Farther out it would be hardly wider than the line upon it, and cost as much: a sixth of a frame.
    {
      ...line('commune-casing', isLevel('commune'), {
        'line-color': paper,
        'line-width': byZoom(10, 1.8, 14, 4),
        'line-opacity': 0.7,
      }),
      minzoom: 9.5,
    } as Layer,
    line('commune-line', isLevel('commune'), {
      'line-color': ['case', state('hover'), ink, '#4b5570'],
      'line-width': [
        'interpolate',
        ['linear'],
        ['zoom'],
        ...[
          [7, 0.25],
          [10, 0.7],
          [14, 1.6],
        ].flatMap(([zoom, width]) => [zoom, ['case', state('hover'), 2.2, width]]),
      ],
      'line-opacity': 0.85,
    }),
    line('province-line', isLevel('province'), { 'line-color': ink, 'line-width': byZoom(6, 0.8, 10, 1.6, 14, 2.5) }),
    line('selected-casing', ['==', ['get', 'code'], view.place ?? ''], {
      'line-color': '#fff',
      'line-width': byZoom(7, 4, 12, 7),
    }),
    line('selected-line', ['==', ['get', 'code'], view.place ?? ''], {
      'line-color': '#c2512b',
      'line-width': byZoom(7, 2, 12, 3.5),
    }),
  ];
}

/** Names, and below hamletZoom the most severe flag among the hamlets of each commune, with how many hamlets
 * have it. */
function labels(by: By, badges: Badges): Layer[] {
  const text = (id: string, level: string, layout: object): Layer =>
    ({
      id,
      type: 'symbol',
      source: 'areas',
      'source-layer': 'area_labels',
      filter: isLevel(level),
      layout: { 'text-field': ['get', 'name'], 'text-font': label, 'text-max-width': 7, 'text-padding': 3, ...layout },
      paint: { 'text-color': '#1c2540', 'text-halo-color': 'rgba(251, 248, 241, 0.92)', 'text-halo-width': 1.6 },
    }) as Layer;
  const of = (table: Record<string, string>): Expression =>
    ['coalesce', ['get', ['get', 'code'], ['literal', table]], ''] as unknown as Expression;
  const flagged = ['has', ['get', 'code'], ['literal', badges.icons]] as unknown as Filter;
  const badge = [
    ['image', of(badges.icons)],
    { 'vertical-align': 'center' },
    of(badges.counts),
    { 'vertical-align': 'center', 'text-font': ['literal', labelBold] },
  ];
  const name = [['get', 'name'], {}];
  return [
    text('commune-names', 'commune', {
      'text-field': [
        'step',
        ['zoom'],
        ['case', flagged, ['format', ...badge], ''],
        9.2,
        ['case', flagged, ['format', ...name, '\n', {}, ...badge], ['format', ...name]],
        hamletZoom,
        ['format', ...name],
      ],
      'text-font': by === 'communes' ? labelBold : label,
      'text-size': byZoom(9, 11, 14, 16),
      'symbol-sort-key': ['case', flagged, 0, 1],
    }),
    {
      ...text('hamlet-names', 'hamlet', { 'text-size': byZoom(13, 10.5, 16, 13), 'text-offset': [0, 1.3] }),
      minzoom: 13,
    } as Layer,
  ];
}
