// The map in the page: it draws the view, and writes moves and clicks back to it.
import type { LngLatLike, Map as MapLibre, MapGeoJSONFeature, Point } from 'maplibre-gl';
import { useEffect, useRef, useState } from 'react';
import type { Box, Meta } from '../server/contract';
import { go } from '../view/location';
import type { Camera, View } from '../view/view';
import { hamletZoom } from './expressions';
import { overlays } from './overlays';
import { type DataFilter, type LayerState } from './layerState';
import { kindOfSource, type Badges, type SourceName } from './layers';
import { visibleFeaturesOf, type VisibleFeatures } from './visibleFeatures';
import { MapController } from './controller';

export interface Pointed {
  /** Where on the screen. */
  x: number;
  y: number;
  layer: SourceName;
  properties: Record<string, unknown>;
  /** The filter of the map that was pointed at: the two sides of the swipe line differ. */
  filter: DataFilter;
  /** The commune around it. */
  commune: { code: string; name: string; kind: string } | null;
}

export interface Padding {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

interface Props {
  view: View;
  meta: Meta;
  badges: Badges;
  layerState: LayerState;
  ahead: LayerState | null;
  /** The box of the place in view; null until it is known. */
  box: Box | null;
  /** No box will come: everything is shown. */
  boxless: boolean;
  /** Codes of the place and of all above it. */
  trail: readonly string[];
  label: string;
  /** How much of the window the panels cover. */
  padding: () => Padding;
  /** The map left of the swipe line, and the share of the window's width that it covers. */
  compared: MapController | null;
  split: number;
  onPoint: (pointed: Pointed | null, how: 'hover' | 'tap') => void;
  onState: (state: MapState) => void;
  /** A state is shown, with all of its tiles. */
  onFront: (layerState: LayerState) => void;
  onVisible: (visible: VisibleFeatures) => void;
  onController: (controller: MapController | null) => void;
}

export type MapState = 'loading' | 'idle' | 'partial' | 'unsupported';

export function MapView(props: Props) {
  const { view, meta, badges, layerState, ahead, box, boxless, label } = props;
  const element = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const [controller, setController] = useState<MapController | null>(null);
  const reportAgain = useRef(() => {}); // reports again what is under a pointer that does not move
  const map = controller?.map ?? null;

  // One map for the life of the page. It is created while the figures are loading, and draws as soon as its camera
  // is known.
  useEffect(() => {
    let made: MapController | null = null;
    try {
      made = makeController(element.current!, latest);
      reportAgain.current = followPointer(made, latest);
    } catch {
      latest.current.onState('unsupported');
      return;
    }
    setController(made);
    latest.current.onController(made);
    return () => made.remove();
  }, []);

  useEffect(() => reportAgain.current(), [props.split]);
  useEffect(() => {
    const beside = props.compared?.map;
    const again = () => reportAgain.current();
    beside?.on('idle', again);
    return () => {
      beside?.off('idle', again);
    };
  }, [props.compared]);

  const placed = view.camera !== null || box !== null || boxless;
  useEffect(() => {
    if (placed) void controller?.show({ view, meta, badges, layerState, ahead });
  }, [controller, placed, view.flags, view.measure, view.place, layerState, ahead, meta, badges]);

  // Where to look: at the camera of the view, or where it has none at the whole of the place.
  useEffect(() => {
    if (!map) return;
    if (view.camera) {
      if (!sameCamera(view.camera, cameraOf(map))) {
        map.easeTo({ center: [view.camera.lng, view.camera.lat], zoom: view.camera.zoom, duration: 400 });
      }
    } else if (box) {
      const padding = latest.current.padding();
      const camera = map.cameraForBounds(
        [
          [box[0], box[1]],
          [box[2], box[3]],
        ],
        { padding, maxZoom: 15.5 },
      );
      if (!camera) return;
      // Just short of a whole zoom, cells would be drawn twice as coarse: go there instead. For a
      // place whose hamlets would just not be drawn, more of it may stay outside.
      const zoom = camera.zoom ?? map.getZoom();
      const hamletsAhead = view.place !== null && view.by === 'hamlets' && zoom < hamletZoom && zoom > hamletZoom - 0.5;
      const nudged = hamletsAhead || Math.ceil(zoom) - zoom < 0.1 ? Math.ceil(zoom) : zoom;
      map.easeTo({ ...camera, zoom: nudged, duration: started(map) ? 900 : 0 });
    }
  }, [map, view.camera, box]);

  // The canvas is what keys move, and a region already: what it shows is its name.
  useEffect(() => {
    map?.getCanvas().setAttribute('aria-label', label);
  }, [map, label]);

  return <div className="map" ref={element} data-testid="map" />;
}

const flown = new WeakSet<MapLibre>();

/** The first look is a jump, later ones are flights. */
function started(map: MapLibre): boolean {
  const before = flown.has(map);
  flown.add(map);
  return before;
}

function makeController(container: HTMLElement, latest: React.RefObject<Props>): MapController {
  const { view, meta } = latest.current;
  const bounds = meta.bounds ?? [102, 8, 110, 23.5]; // nothing imported yet: the country
  const controller = new MapController(
    container,
    view.camera
      ? { center: [view.camera.lng, view.camera.lat] as LngLatLike, zoom: view.camera.zoom }
      : {
          bounds: [
            [bounds[0], bounds[1]],
            [bounds[2], bounds[3]],
          ],
        },
    (layerState) => latest.current.onFront(layerState),
  );
  const { map } = controller;
  map.on('moveend', () => {
    if (controller.front) go({ camera: cameraOf(map) }, 'replace');
  });
  let failed = false; // since the map was last at rest
  map.on('error', (event) => {
    failed = true;
    console.warn('map:', event.error?.message ?? event);
  });
  map.on('idle', () => {
    const visible = visibleFeaturesOf(controller, latest.current.meta);
    if (!visible) return;
    latest.current.onVisible(visible);
    latest.current.onState(failed ? 'partial' : 'idle');
    failed = false;
  });
  map.on('dataloading', () => latest.current.onState('loading'));
  return controller;
}

/** Layers that the pointer finds beside those that are coloured. */
const hitLayers = [...overlays.map(({ name }) => name), 'hit-hamlets', 'hit-communes'];

/** Reports the feature under the pointer, and selects the place that is clicked. What is drawn under a pointer that
 * does not move may change: months play, the swipe line is moved. It is reported again when the map is idle, and when
 * the returned function is called. */
function followPointer(controller: MapController, latest: React.RefObject<Props>): () => void {
  const { map } = controller;
  let resting: Point | null = null;
  let reported = '';
  let hovered: { source: string; sourceLayer: string; id: string | number } | null = null;
  // The borders of communes come from the first buffer, whichever is in front.
  const mark = (feature: NonNullable<typeof hovered>, hover: boolean) => {
    for (const source of new Set([feature.source, kindOfSource(feature.source)])) {
      if (map.getSource(source)) map.setFeatureState({ ...feature, source }, { hover });
    }
  };
  const hover = (feature: MapGeoJSONFeature | null) => {
    const source = feature && feature.source;
    const sourceLayer = feature && feature.sourceLayer;
    const next =
      feature && source && sourceLayer && feature.id !== undefined ? { source, sourceLayer, id: feature.id } : null;
    if (next?.id === hovered?.id && next?.source === hovered?.source) return;
    if (hovered) mark(hovered, false);
    if (next) mark(next, true);
    hovered = next;
  };
  const under = (point: Point) => {
    const { compared, split } = latest.current;
    const there = compared?.front && point.x < split * window.innerWidth ? compared : controller;
    const layers = [...there.dataLayers, ...hitLayers.filter((layer) => there.map.getLayer(layer))];
    const features = there.map.queryRenderedFeatures(point, { layers });
    const top = features.find((feature) => !feature.layer.id.startsWith('hit-')) ?? features.at(-1) ?? null;
    return { features, top, filter: there.front?.filter ?? null };
  };
  const pointed = ({ x, y }: Point, { features, top, filter }: ReturnType<typeof under>): Pointed | null => {
    if (!top || !filter) return null;
    const around = features.find((feature) => feature.properties.level === 'commune')?.properties;
    return {
      x,
      y,
      filter,
      layer: kindOfSource(top.source),
      properties: top.properties,
      commune: around
        ? { code: String(around.code), name: String(around.name), kind: String(around.kind ?? '') }
        : null,
    };
  };

  const report = (point: Point, always: boolean) => {
    const found = under(point);
    const { features, top } = found;
    hover(top && ['cells', 'areas'].includes(kindOfSource(top.source)) && map.getSource(top.source) ? top : null);
    map.getCanvas().style.cursor = features.length ? 'pointer' : '';
    const what = pointed(point, found);
    const text = JSON.stringify(what);
    if (always || text !== reported) latest.current.onPoint(what, 'hover');
    reported = text;
  };
  const reportAgain = () => {
    if (resting && controller.front && !map.isMoving()) report(resting, false);
  };
  map.on('mousemove', (event) => report((resting = event.point), true));
  map.on('idle', reportAgain);
  map.on('mouseout', () => {
    resting = null;
    hover(null);
    latest.current.onPoint(null, 'hover');
  });
  map.on('movestart', () => latest.current.onPoint(null, 'hover'));
  map.on('click', (event) => {
    const found = under(event.point);
    latest.current.onPoint(pointed(event.point, found), 'tap');
    const code = choose(found.features, latest.current);
    if (code && code !== latest.current.view.place) go({ place: code, commune: null, camera: null, list: null });
  });
  return reportAgain;
}

/** Which place a click means: a flag's own; a hamlet where hamlets are shown or its commune
 * is open already; else the commune. */
function choose(features: MapGeoJSONFeature[], { view, trail }: Props): string | null {
  const flag = features.find((feature) => feature.layer.id === 'flags');
  const hamlet =
    flag?.properties.level === 'hamlet' ? flag : features.find((feature) => feature.properties.level === 'hamlet');
  const commune = features.find((feature) => feature.properties.level === 'commune');
  if (hamlet) {
    const open = trail.includes(String(hamlet.properties.parent));
    if (flag || open || view.by === 'hamlets') return String(hamlet.properties.code);
  }
  return commune ? String(commune.properties.code) : null;
}

function cameraOf(map: MapLibre): Camera {
  const { lat, lng } = map.getCenter();
  return { lat: round(lat, 5), lng: round(lng, 5), zoom: round(map.getZoom(), 2) };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function sameCamera(a: Camera, b: Camera): boolean {
  return Math.abs(a.lat - b.lat) < 2e-5 && Math.abs(a.lng - b.lng) < 2e-5 && Math.abs(a.zoom - b.zoom) < 0.011;
}
