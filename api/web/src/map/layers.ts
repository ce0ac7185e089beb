// The layers of the map for one view: which, in which order, in which colours.
import type {
  DataDrivenPropertyValueSpecification as Value,
  ExpressionSpecification as Expression,
  FilterSpecification as Filter,
  LayerSpecification as Layer,
  SourceSpecification as Source,
  StyleSpecification,
} from 'maplibre-gl';
import type { Meta } from '../contract';
import { breaks, propertyOf, rampOf } from '../scale';
import { householdStates } from '../symbols';
import { daysOf, flagKinds, skillOf, type By, type View } from '../view';

export const sourceNames = ['areas', 'cells', 'flags', 'households'] as const;
export type SourceName = (typeof sourceNames)[number];

/** Source and source layer of each tile layer, and what names a feature for good. */
const identities: Record<SourceName, string> = { areas: 'code', cells: 'h3', flags: 'code', households: 'household_id' };

export const ink = '#22315c';
/** The zoom from which tiles have hamlets, and flags are those of hamlets. */
export const hamletZoom = 11;

/** For communes by code: the image of their gravest flag and how many hamlets have it. */
export interface Badges {
  icons: Record<string, string>;
  counts: Record<string, string>;
}

const paper = '#fbf8f1';
const land = '#f8f5ec';
const surround = '#dedbd2';

const label = ['Be Vietnam Pro Medium', 'Be Vietnam Pro'];
const labelBold = ['Be Vietnam Pro SemiBold', 'Be Vietnam Pro'];

/** The tiles of one layer: the version in the address lets browsers keep them for good. */
export function tilesOf(source: SourceName, view: View, meta: Meta): string {
  const { from, to } = daysOf(view.period, meta.today);
  const query = new URLSearchParams({ ...(from ? { from } : {}), to, v: meta.version });
  return `${window.location.origin}/tiles/${source}/{z}/{x}/{y}.mvt?${query}`;
}

export function sourcesOf(view: View, meta: Meta): Record<string, Source> {
  const sources: Record<string, Source> = {};
  for (const name of sourceNames) {
    if (name === 'households' && !meta.households) continue;
    sources[name] = {
      type: 'vector',
      tiles: [tilesOf(name, view, meta)],
      promoteId: { [name]: identities[name] },
      minzoom: name === 'households' ? 14 : 0,
      maxzoom: 16,
      bounds: meta.tile_bounds,
    };
  }
  return sources;
}

export function styleOf(view: View, meta: Meta, badges: Badges): StyleSpecification {
  return { version: 8, sources: sourcesOf(view, meta), layers: layersOf(view, meta, badges), transition: { duration: 200, delay: 0 } };
}

const isLevel = (level: string): Filter => ['==', ['get', 'level'], level];
const both = (...filters: Filter[]): Filter => ['all', ...filters] as Filter;
const state = (name: string): Expression => ['boolean', ['feature-state', name], false];
const byZoom = (...stops: number[]): Value<number> => ['interpolate', ['linear'], ['zoom'], ...stops] as unknown as Value<number>;

/** Every layer, from the ground up. */
export function layersOf(view: View, meta: Meta, badges: Badges): Layer[] {
  return [
    { id: 'surround', type: 'background', paint: { 'background-color': surround } },
    {
      // A soft shore around the province lifts it off the ground.
      id: 'shore', type: 'line', source: 'areas', 'source-layer': 'areas', filter: isLevel('province'),
      paint: { 'line-color': '#b9b2a0', 'line-width': 10, 'line-blur': 10, 'line-opacity': 0.6 },
    },
    {
      id: 'land', type: 'fill', source: 'areas', 'source-layer': 'areas', filter: isLevel('commune'),
      paint: { 'fill-color': land, 'fill-antialias': false },
    },
    ...subjects(view.by).flatMap((subject) => fills(view, subject, meta.households)),
    ...borders(view),
    ...(meta.households ? [households()] : []),
    ...labels(view, badges),
    flags(view),
  ];
}

/** What is coloured: its source, which of its features and from which zoom to which. Tiles
 * have hamlets only from hamletZoom on; above that their communes stand in for them. */
interface Subject {
  source: SourceName;
  filter: Filter;
  prefix: string;
  zooms: { minzoom?: number; maxzoom?: number };
}

function subjects(by: By): Subject[] {
  const cells: Subject = { source: 'cells', filter: ['has', 'h3'], prefix: '', zooms: {} };
  const hamlets: Subject = { source: 'areas', filter: isLevel('hamlet'), prefix: '', zooms: { minzoom: hamletZoom } };
  const communes: Subject = { source: 'areas', filter: isLevel('commune'), prefix: '', zooms: {} };
  switch (by) {
    case 'cells': return [cells];
    case 'hamlets': return [{ ...communes, prefix: 'far-', zooms: { maxzoom: hamletZoom } }, hamlets];
    case 'communes': return [communes];
  }
}

function fills(view: View, { source, filter, prefix, zooms }: Subject, withHouseholds: boolean): Layer[] {
  const rate = propertyOf(view.measure);
  const skill = skillOf(view.measure);
  const few: Expression = skill ? ['==', ['get', `too_few_data_${skill}`], true] : ['literal', false] as Expression;
  const hidden: Expression = ['==', ['get', 'suppressed'], true];
  const known = both(filter, ['has', rate], ['!', few]);

  const colours: unknown[] = [];
  const [first, ...rest] = rampOf(view.measure);
  rest.forEach((colour, index) => colours.push(breaks[index], colour));
  const colour = ['step', ['get', rate], first, ...colours] as unknown as Value<string>;

  const texture = (id: string, pattern: string, which: Filter): Layer => ({
    id: prefix + id, type: 'fill', source, 'source-layer': source, ...zooms, filter: which, paint: { 'fill-pattern': pattern },
  });
  const layers: Layer[] = [
    {
      id: `${prefix}value`, type: 'fill', source, 'source-layer': source, ...zooms, filter: known,
      paint: { 'fill-color': colour, 'fill-opacity': withHouseholds ? byZoom(13.5, 0.92, 15, 0.5) : 0.92 },
    },
    texture('no-data', 'no_data', both(filter, ['!', ['has', rate]], ['!', hidden])),
    texture('suppressed', 'suppressed', both(filter, ['!', ['has', rate]], hidden)),
    {
      id: `${prefix}value-line`, type: 'line', source, 'source-layer': source, ...zooms, filter,
      paint: {
        'line-color': ['case', state('hover'), ink, paper],
        'line-width': ['case', state('hover'), 2, view.by === 'cells' ? 0.4 : 0.8],
        'line-opacity': ['case', state('hover'), 1, 0.75],
      },
    },
  ];
  if (skill) layers.splice(1, 0, texture('too-few', 'too_few', both(filter, few)));
  if (view.by !== 'cells') {
    layers.splice(-1, 0, texture('no-team', 'no_team', both(filter, ['==', ['get', 'no_team'], true])));
  }
  return layers;
}

function borders(view: View): Layer[] {
  const line = (id: string, filter: Filter, paint: object): Layer => ({
    id, type: 'line', source: 'areas', 'source-layer': 'areas', filter, layout: { 'line-join': 'round', 'line-cap': 'round' }, paint,
  } as Layer);
  return [
    // Nothing to see, but there to be pointed at.
    { id: 'hit-communes', type: 'fill', source: 'areas', 'source-layer': 'areas', filter: isLevel('commune'), paint: { 'fill-opacity': 0 } },
    { id: 'hit-hamlets', type: 'fill', source: 'areas', 'source-layer': 'areas', filter: isLevel('hamlet'), paint: { 'fill-opacity': 0 } },
    line('commune-casing', isLevel('commune'), { 'line-color': paper, 'line-width': byZoom(7, 0.6, 10, 1.8, 14, 4), 'line-opacity': 0.7 }),
    line('commune-line', isLevel('commune'), { 'line-color': '#4b5570', 'line-width': byZoom(7, 0.25, 10, 0.7, 14, 1.6), 'line-opacity': 0.85 }),
    line('province-line', isLevel('province'), { 'line-color': ink, 'line-width': byZoom(6, 0.8, 10, 1.6, 14, 2.5) }),
    line('selected-casing', ['==', ['get', 'code'], view.place ?? ''], { 'line-color': '#fff', 'line-width': byZoom(7, 4, 12, 7) }),
    line('selected-line', ['==', ['get', 'code'], view.place ?? ''], { 'line-color': '#c2512b', 'line-width': byZoom(7, 2, 12, 3.5) }),
  ];
}

/** Names, and below the zoom at which hamlets come into sight, what is amiss among the
 * hamlets of each commune: the gravest flag with how many hamlets have it. */
function labels(view: View, badges: Badges): Layer[] {
  const text = (id: string, level: string, layout: object): Layer => ({
    id, type: 'symbol', source: 'areas', 'source-layer': 'area_labels', filter: isLevel(level),
    layout: { 'text-field': ['get', 'name'], 'text-font': label, 'text-max-width': 7, 'text-padding': 3, ...layout },
    paint: { 'text-color': '#1c2540', 'text-halo-color': 'rgba(251, 248, 241, 0.92)', 'text-halo-width': 1.6 },
  } as Layer);
  const of = (table: Record<string, string>): Expression =>
    ['coalesce', ['get', ['get', 'code'], ['literal', table]], ''] as unknown as Expression;
  const flagged = ['has', ['get', 'code'], ['literal', badges.icons]] as unknown as Filter;
  const badge = [
    ['image', of(badges.icons)], { 'vertical-align': 'center' },
    of(badges.counts), { 'vertical-align': 'center', 'text-font': ['literal', labelBold] },
  ];
  const name = [['get', 'name'], {}];
  return [
    text('commune-names', 'commune', {
      'text-field': ['step', ['zoom'],
        ['case', flagged, ['format', ...badge], ''],
        9.2, ['case', flagged, ['format', ...name, '\n', {}, ...badge], ['format', ...name]],
        hamletZoom, ['format', ...name]],
      'text-font': view.by === 'communes' ? labelBold : label,
      'text-size': byZoom(9, 11, 14, 16),
      'symbol-sort-key': ['case', flagged, 0, 1],
    }),
    { ...text('hamlet-names', 'hamlet', { 'text-size': byZoom(13, 10.5, 16, 13), 'text-offset': [0, 1.3] }), minzoom: 13 } as Layer,
  ];
}

/** The gravest of the flags in sight decides a place's shape. */
function flags(view: View): Layer {
  const shown = flagKinds.filter((kind) => view.flags.includes(kind));
  const raised = (kind: string): Expression => ['==', ['get', propertyOfFlag(kind, view)], true];
  const cases = shown.flatMap((kind) => [raised(kind), `flag-${kind}`]);
  const order = shown.flatMap((kind, index) => [raised(kind), index]);
  return {
    id: 'flags', type: 'symbol', source: 'flags', 'source-layer': 'flags', minzoom: hamletZoom,
    filter: shown.length ? ['any', ...shown.map(raised)] : ['literal', false] as unknown as Filter,
    layout: {
      'icon-image': (shown.length ? ['case', ...cases, ''] : '') as Value<string>,
      'icon-size': byZoom(6, 0.45, 9, 0.6, 12, 0.85, 15, 1.1),
      'icon-padding': 1,
      'symbol-sort-key': (shown.length ? ['case', ...order, shown.length] : 0) as Value<number>,
    },
  } as Layer;
}

/** While a skill is shown, low uptake means that skill's. */
function propertyOfFlag(kind: string, view: View): string {
  const skill = skillOf(view.measure);
  return kind === 'low_uptake' && skill ? `low_uptake_${skill}` : kind;
}

function households(): Layer {
  const images = householdStates.flatMap((name) => [name, `household-${name}`]);
  return {
    id: 'households', type: 'symbol', source: 'households', 'source-layer': 'households', minzoom: 14,
    filter: ['==', ['get', 'eligible'], true],
    layout: {
      'icon-image': ['match', ['get', 'state'], ...images, ''] as unknown as Value<string>,
      'icon-size': byZoom(14, 0.3, 16, 0.5, 18, 0.9),
      'icon-allow-overlap': true, 'icon-ignore-placement': true,
    },
  } as Layer;
}
