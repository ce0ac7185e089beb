// The map: it draws the view, and writes back to it where a person has moved or pointed.
import type { LngLatLike, Map as MapLibre, MapGeoJSONFeature, MapMouseEvent } from 'maplibre-gl';
import { useEffect, useRef, useState } from 'react';
import type { Box, Meta } from '../contract';
import { go } from '../location';
import type { Camera, View } from '../view';
import { kindOfSource, type Badges, type Scene, type SourceName } from './layers';
import { sightOf, type Sight } from './sight';
import { Stage } from './stage';

export interface Pointed {
  /** Where on the screen. */
  x: number;
  y: number;
  layer: SourceName;
  properties: Record<string, unknown>;
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
  scene: Scene;
  ahead: Scene | null;
  /** The box of the place in view; null until it is known. */
  box: Box | null;
  /** No box is on its way: where none is known, everything is shown. */
  boxless: boolean;
  /** Codes of the place and of all above it. */
  trail: readonly string[];
  label: string;
  /** How much of the window the panels cover. */
  padding: () => Padding;
  /** The map that stands at a place of the screen, where there are two. */
  stageAt: (x: number, own: Stage) => Stage;
  onPoint: (pointed: Pointed | null, how: 'hover' | 'tap') => void;
  onState: (state: MapState) => void;
  /** A scene is seen, with all of its tiles. */
  onFront: (scene: Scene) => void;
  onSight: (sight: Sight) => void;
  onStage: (stage: Stage | null) => void;
}

export type MapState = 'loading' | 'idle' | 'partial' | 'unsupported';

export function MapView(props: Props) {
  const { view, meta, badges, scene, ahead, box, boxless, label } = props;
  const element = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const [stage, setStage] = useState<Stage | null>(null);
  const map = stage?.map ?? null;

  // One map for as long as the page lives. It is made while the figures are on their way, and
  // shows something from the moment that it is known where to look.
  useEffect(() => {
    let made: Stage | null = null;
    try {
      made = makeStage(element.current!, latest);
    } catch {
      latest.current.onState('unsupported');
      return;
    }
    setStage(made);
    latest.current.onStage(made);
    return () => made.remove();
  }, []);

  const placed = view.camera !== null || box !== null || boxless;
  useEffect(() => {
    if (placed) void stage?.show({ view, meta, badges, scene, ahead });
  }, [stage, placed, view.flags, view.measure, view.place, scene, ahead, meta, badges]);

  // Where to look: at the camera of the view, or where it has none at the whole of the place.
  useEffect(() => {
    if (!map) return;
    if (view.camera) {
      if (!sameCamera(view.camera, cameraOf(map))) {
        map.easeTo({ center: [view.camera.lng, view.camera.lat], zoom: view.camera.zoom, duration: 400 });
      }
    } else if (box) {
      const padding = latest.current.padding();
      const camera = map.cameraForBounds([[box[0], box[1]], [box[2], box[3]]], { padding, maxZoom: 15.5 });
      if (!camera) return;
      // Just short of a whole zoom, cells would be drawn twice as coarse: go there instead.
      const zoom = camera.zoom ?? map.getZoom();
      const nudged = Math.ceil(zoom) - zoom < 0.1 ? Math.ceil(zoom) : zoom;
      map.easeTo({ ...camera, zoom: nudged, duration: started(map) ? 900 : 0 });
    }
  }, [map, view.camera, box]);

  return <div className="map" ref={element} role="region" aria-label={label} data-testid="map" />;
}

const flown = new WeakSet<MapLibre>();

/** The first look is a jump, later ones are flights. */
function started(map: MapLibre): boolean {
  const before = flown.has(map);
  flown.add(map);
  return before;
}

function makeStage(container: HTMLElement, latest: React.RefObject<Props>): Stage {
  const { view, meta } = latest.current;
  const bounds = meta.bounds ?? [102, 8, 110, 23.5]; // nothing imported yet: the country
  const stage = new Stage(container, view.camera
    ? { center: [view.camera.lng, view.camera.lat] as LngLatLike, zoom: view.camera.zoom }
    : { bounds: [[bounds[0], bounds[1]], [bounds[2], bounds[3]]] }, (scene) => latest.current.onFront(scene));
  const { map } = stage;
  map.on('moveend', () => {
    if (stage.front) go({ camera: cameraOf(map) }, 'replace');
  });
  let failed = false; // since the map was last at rest
  map.on('error', (event) => {
    failed = true;
    console.warn('map:', event.error?.message ?? event);
  });
  map.on('idle', () => {
    const sight = sightOf(stage);
    if (!sight) return;
    latest.current.onSight(sight);
    latest.current.onState(failed ? 'partial' : 'idle');
    failed = false;
  });
  map.on('dataloading', () => latest.current.onState('loading'));
  followPointer(stage, latest);
  return stage;
}

/** Layers that are pointed at beside those that the colours tell of. */
const hitLayers = ['households', 'flags', 'hit-hamlets', 'hit-communes'];

/** Tells what lies under the pointer, and selects the place that is clicked. */
function followPointer(stage: Stage, latest: React.RefObject<Props>): void {
  const { map } = stage;
  let hovered: { source: string; sourceLayer: string; id: string | number } | null = null;
  // The borders of communes come from the first screen, whichever is seen.
  const mark = (feature: NonNullable<typeof hovered>, hover: boolean) => {
    for (const source of new Set([feature.source, kindOfSource(feature.source)])) {
      if (map.getSource(source)) map.setFeatureState({ ...feature, source }, { hover });
    }
  };
  const hover = (feature: MapGeoJSONFeature | null) => {
    const source = feature && feature.source;
    const sourceLayer = feature && feature.sourceLayer;
    const next = feature && source && sourceLayer && feature.id !== undefined ? { source, sourceLayer, id: feature.id } : null;
    if (next?.id === hovered?.id && next?.source === hovered?.source) return;
    if (hovered) mark(hovered, false);
    if (next) mark(next, true);
    hovered = next;
  };
  const under = (event: MapMouseEvent) => {
    const there = latest.current.stageAt(event.point.x, stage);
    const layers = [...there.told, ...hitLayers.filter((layer) => there.map.getLayer(layer))];
    const features = there.map.queryRenderedFeatures(event.point, { layers });
    const top = features.find((feature) => !feature.layer.id.startsWith('hit-')) ?? features.at(-1) ?? null;
    return { features, top };
  };
  const pointed = (event: MapMouseEvent, features: MapGeoJSONFeature[], top: MapGeoJSONFeature | null): Pointed | null => {
    if (!top) return null;
    const around = features.find((feature) => feature.properties.level === 'commune')?.properties;
    return {
      x: event.point.x,
      y: event.point.y,
      layer: kindOfSource(top.source),
      properties: top.properties,
      commune: around ? { code: String(around.code), name: String(around.name), kind: String(around.kind ?? '') } : null,
    };
  };

  map.on('mousemove', (event) => {
    const { features, top } = under(event);
    hover(top && ['cells', 'areas'].includes(kindOfSource(top.source)) && map.getSource(top.source) ? top : null);
    map.getCanvas().style.cursor = features.length ? 'pointer' : '';
    latest.current.onPoint(pointed(event, features, top), 'hover');
  });
  map.on('mouseout', () => {
    hover(null);
    latest.current.onPoint(null, 'hover');
  });
  map.on('movestart', () => latest.current.onPoint(null, 'hover'));
  map.on('click', (event) => {
    const { features, top } = under(event);
    latest.current.onPoint(pointed(event, features, top), 'tap');
    const code = choose(features, latest.current);
    if (code && code !== latest.current.view.place) go({ place: code, commune: null, camera: null, list: null });
  });
}

/** Which place a click means: a flag's own; a hamlet where hamlets are shown or its commune
 * is open already; else the commune. */
function choose(features: MapGeoJSONFeature[], { view, trail }: Props): string | null {
  const flag = features.find((feature) => feature.layer.id === 'flags');
  const hamlet = flag?.properties.level === 'hamlet' ? flag : features.find((feature) => feature.properties.level === 'hamlet');
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

