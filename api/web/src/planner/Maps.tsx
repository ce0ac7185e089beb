// The map, and the second one left of the swipe line while two periods or boundaries are compared.
import { useState } from 'react';
import { ComparePane } from '../map/ComparePane';
import type { MapController } from '../map/controller';
import type { LayerState } from '../map/layerState';
import { MapView, type MapState, type Padding, type Pointed } from '../map/MapView';
import type { VisibleFeatures } from '../map/visibleFeatures';
import { Icon } from '../components/components';
import { daysName, measureName, useLabels, type Labels } from '../text/labels';
import type { View } from '../view/view';
import type { Figures } from './useFigures';
import type { MapStates } from './useMapStates';

/** What the maps report. */
export function useMaps() {
  const [state, setState] = useState<MapState>('loading');
  const [visible, setVisible] = useState<VisibleFeatures | null>(null);
  const [front, setFront] = useState<LayerState | null>(null);
  const [controller, setController] = useState<MapController | null>(null);
  const [compared, setCompared] = useState<MapController | null>(null);
  const [split, setSplit] = useState(0.5);
  return {
    /** Whether tiles are loading. */
    state,
    setState,
    /** The features in the window, as they are drawn. */
    visible,
    setVisible,
    /** The state whose tiles are all drawn. */
    front,
    setFront,
    controller,
    setController,
    /** The map left of the swipe line, and where the line is, as a share of the window's width. */
    compared,
    setCompared,
    split,
    setSplit,
  };
}

export function Maps({
  view,
  figures,
  states: { layerState, ahead, beside, badges },
  maps,
  place,
  padding,
  onPoint,
}: {
  view: View;
  figures: Figures;
  states: MapStates;
  maps: ReturnType<typeof useMaps>;
  /** Name of the place. */
  place: string;
  padding: () => Padding;
  onPoint: (pointed: Pointed | null, how: 'hover' | 'tap') => void;
}) {
  const labels = useLabels();
  const { t, meta } = labels;
  return (
    <>
      <MapView
        view={view}
        meta={meta}
        badges={badges}
        layerState={layerState}
        ahead={ahead}
        box={figures.box}
        trail={figures.trail}
        boxless={figures.boxless}
        label={t('mapLabel', { measure: measureName(view.measure, labels), place })}
        padding={padding}
        compared={beside && maps.compared}
        split={maps.split}
        onPoint={onPoint}
        onState={maps.setState}
        onFront={(front) => {
          performance.mark('map');
          maps.setFront(front);
        }}
        onVisible={maps.setVisible}
        onController={maps.setController}
      />
      {beside && maps.controller && (
        <ComparePane
          leader={maps.controller}
          view={view}
          meta={meta}
          layerState={beside}
          split={maps.split}
          onSplit={maps.setSplit}
          onController={maps.setCompared}
          {...sidesOf(view, layerState, beside, labels)}
        />
      )}
    </>
  );
}

export function ZoomButtons({ controller }: { controller: MapController | null }) {
  const { t } = useLabels();
  return (
    <div className="zoom">
      <button type="button" aria-label={t('zoomInLabel')} onClick={() => controller?.map.zoomIn()}>
        <Icon name="plus" />
      </button>
      <button type="button" aria-label={t('zoomOutLabel')} onClick={() => controller?.map.zoomOut()}>
        <Icon name="minus" />
      </button>
    </div>
  );
}

/** What is shown on either side of the swipe line, in words. */
export function sidesOf(
  view: View,
  right: LayerState,
  left: LayerState,
  labels: Labels,
): { left: string; right: string } {
  if (view.beside === 'period') return { left: daysName(left.filter, labels), right: daysName(right.filter, labels) };
  const of = (day: string) => labels.t('boundariesOf', { days: labels.date(day) });
  return { left: of(left.filter.boundaries ?? left.filter.to), right: of(right.filter.to) };
}
