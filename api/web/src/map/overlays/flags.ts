// A symbol for each flagged hamlet, whose shape is that of its most severe flag.
import type {
  DataDrivenPropertyValueSpecification as Value,
  ExpressionSpecification as Expression,
  FilterSpecification as Filter,
  LayerSpecification as Layer,
} from 'maplibre-gl';
import { flagSymbols } from '../../symbology/symbols';
import { flagKinds, skillOf, type View } from '../../view/view';
import { byZoom, hamletZoom } from '../expressions';
import type { Overlay } from './overlay';

export const flags: Overlay = {
  name: 'flags',
  identity: 'code',
  minzoom: 0,
  above: 'names',
  layer,
  images: Object.entries(flagSymbols).flatMap(([name, symbol]) => [
    { name: `flag-${name}`, symbol, size: 28 },
    { name: `badge-${name}`, symbol, size: 17 },
  ]),
};

/** The most severe of the flags that are switched on decides the symbol of a place. */
function layer(view: View): Layer {
  const shown = flagKinds.filter((kind) => view.flags.includes(kind));
  const raised = (kind: string): Expression => ['==', ['get', propertyOfFlag(kind, view)], true];
  const cases = shown.flatMap((kind) => [raised(kind), `flag-${kind}`]);
  const order = shown.flatMap((kind, index) => [raised(kind), index]);
  return {
    id: 'flags',
    type: 'symbol',
    source: 'flags',
    'source-layer': 'flags',
    minzoom: hamletZoom,
    filter: shown.length ? ['any', ...shown.map(raised)] : (['literal', false] as unknown as Filter),
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
