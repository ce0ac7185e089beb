// A symbol for each household, by what was done there.
import type { DataDrivenPropertyValueSpecification as Value, LayerSpecification as Layer } from 'maplibre-gl';
import { HouseholdIcon } from '../../components/components';
import { householdStates, householdSymbols, type HouseholdState } from '../../symbology/symbols';
import { ago } from '../../text/format';
import { useLabels } from '../../text/labels';
import { byZoom } from '../expressions';
import type { Overlay } from './overlay';

export const households: Overlay = {
  name: 'households',
  identity: 'household_id',
  minzoom: 14,
  above: 'borders',
  layer,
  images: Object.entries(householdSymbols).map(([name, symbol]) => ({ name: `household-${name}`, symbol, size: 26 })),
  title: 'household',
  Details,
  Legend,
};

function layer(): Layer {
  const images = householdStates.flatMap((name) => [name, `household-${name}`]);
  return {
    id: 'households',
    type: 'symbol',
    source: 'households',
    'source-layer': 'households',
    minzoom: 14,
    filter: ['==', ['get', 'eligible'], true],
    layout: {
      'icon-image': ['match', ['get', 'state'], ...images, ''] as unknown as Value<string>,
      'icon-size': byZoom(14, 0.3, 16, 0.5, 18, 0.9),
      'icon-allow-overlap': true,
      'icon-ignore-placement': true,
    },
  } as Layer;
}

function Details({ properties }: { properties: Record<string, unknown> }) {
  const { t, count, date, lang, meta } = useLabels();
  const state = householdStates.find((candidate) => candidate === properties.state) as HouseholdState | undefined;
  const last = typeof properties.last_visit === 'string' ? properties.last_visit : null;
  return (
    <>
      {state && (
        <p className="state">
          <HouseholdIcon state={state} />
          {t(`state_${state}`)}
        </p>
      )}
      <p className="muted">{String(properties.household_id)}</p>
      <p>
        {t('visits')}: {count(Number(properties.visits ?? 0))}
      </p>
      <p className="muted">
        {t('lastVisit')}: {last ? `${date(last)} (${ago(last, meta.today, lang)})` : t('never')}
      </p>
    </>
  );
}

function Legend() {
  const { t } = useLabels();
  return (
    <div className="households">
      <h3>{t('householdsLegend')}</h3>
      <ul>
        {householdStates.map((state) => (
          <li key={state}>
            <HouseholdIcon state={state} />
            {t(`state_${state}`)}
          </li>
        ))}
      </ul>
    </div>
  );
}
