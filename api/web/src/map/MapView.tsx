// The map: it draws the view, and writes back to it where a person has moved or pointed.
import { Map as MapLibre, setWorkerUrl, type MapGeoJSONFeature, type LngLatLike, type MapMouseEvent, type VectorTileSource } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { useEffect, useRef, useState } from 'react';
import type { Box, Meta } from '../contract';
import { go } from '../location';
import { drawSymbol, drawTexture, flagSymbols, householdSymbols, textures, type Texture } from '../symbols';
import type { Camera, View } from '../view';
import { sourceNames, styleOf, tilesOf, type Badges, type SourceName } from './layers';

// The worker is a file of this server, not a blob: nothing else needs to be allowed.
setWorkerUrl(workerUrl);

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
  /** The box of the place in view; null until it is known. */
  box: Box | null;
  /** Codes of the place and of all above it. */
  trail: readonly string[];
  label: string;
  /** How much of the window the panels cover. */
  padding: () => Padding;
  onPoint: (pointed: Pointed | null, how: 'hover' | 'tap') => void;
  onState: (state: MapState) => void;
}

export type MapState = 'loading' | 'idle' | 'partial' | 'unsupported';

export interface MapHandle {
  zoomIn: () => void;
  zoomOut: () => void;
}

const hitLayers = ['households', 'flags', 'value', 'no-data', 'suppressed', 'too-few', 'far-value', 'far-no-data', 'far-suppressed', 'far-too-few', 'hit-hamlets', 'hit-communes'];

export function MapView(props: Props & { handle: React.RefObject<MapHandle | null> }) {
  const { view, meta, badges, box, label, handle } = props;
  const element = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const [map, setMap] = useState<MapLibre | null>(null);

  // One map for as long as the page lives.
  useEffect(() => {
    let made: MapLibre | null = null;
    let wanted = true;
    void loadLabelFonts().then(() => {
      if (!wanted || !element.current) return;
      try {
        made = makeMap(element.current, latest);
      } catch {
        latest.current.onState('unsupported');
        return;
      }
      const ready = made;
      handle.current = { zoomIn: () => ready.zoomIn(), zoomOut: () => ready.zoomOut() };
      setMap(made);
    });
    return () => {
      wanted = false;
      made?.remove();
      setMap(null);
    };
  }, [handle]);

  // Layers follow the view: MapLibre finds what differs and changes only that.
  useEffect(() => {
    if (!map) return;
    const update = () => {
      // Tiles change in place, so that what is drawn stays until the new ones are here: the
      // style is given with the addresses that each source has now.
      const style = styleOf(view, meta, badges);
      const late = sourceNames.filter((name) => {
        const source = map.getSource<VectorTileSource>(name);
        const drawn = source?.serialize().tiles;
        const wanted = style.sources[name];
        if (!source || !drawn || wanted?.type !== 'vector') return false;
        wanted.tiles = drawn;
        return drawn[0] !== tilesOf(name, view, meta) || !source.loaded();
      });
      map.setStyle(style, { diff: true });
      // MapLibre forgets new addresses that take effect while a change of layers waits to be
      // drawn: the old tiles would stay. So they follow once it is drawn; also those that were
      // still on their way when the layers changed again.
      if (late.length === 0) return;
      map.once('render', () => {
        for (const name of late) {
          const { view, meta } = latest.current;
          map.getSource<VectorTileSource>(name)?.setTiles([tilesOf(name, view, meta)]);
        }
      });
      map.triggerRepaint();
    };
    if (map.isStyleLoaded() !== undefined && map.style._loaded) update();
    else map.once('style.load', update);
  }, [map, view.measure, view.by, view.flags, view.place, view.period, meta, badges]);

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

function makeMap(container: HTMLElement, latest: React.RefObject<Props>): MapLibre {
  const { view, meta, badges } = latest.current;
  const bounds = meta.bounds ?? [102, 8, 110, 23.5]; // nothing imported yet: the country
  const map = new MapLibre({
    container,
    style: styleOf(view, meta, badges),
    ...(view.camera
      ? { center: [view.camera.lng, view.camera.lat] as LngLatLike, zoom: view.camera.zoom }
      : { bounds: [[bounds[0], bounds[1]], [bounds[2], bounds[3]]] }),
    minZoom: 3,
    maxZoom: 18,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    rollEnabled: false,
    renderWorldCopies: false,
    fadeDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 200,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();

  const ratio = Math.min(3, Math.ceil(window.devicePixelRatio || 1)) + 1;
  for (const [name, symbol] of Object.entries(flagSymbols)) {
    map.addImage(`flag-${name}`, drawSymbol(symbol, 28, ratio), { pixelRatio: ratio });
    map.addImage(`badge-${name}`, drawSymbol(symbol, 17, ratio), { pixelRatio: ratio });
  }
  for (const [name, symbol] of Object.entries(householdSymbols)) {
    map.addImage(`household-${name}`, drawSymbol(symbol, 26, ratio), { pixelRatio: ratio });
  }
  for (const name of Object.keys(textures) as Texture[]) {
    map.addImage(name, drawTexture(name, ratio), { pixelRatio: ratio });
  }

  map.on('moveend', () => {
    go({ camera: cameraOf(map) }, 'replace');
  });
  let failed = false; // since the map was last at rest
  map.on('error', (event) => {
    failed = true;
    console.warn('map:', event.error?.message ?? event);
  });
  map.on('idle', () => {
    latest.current.onState(failed ? 'partial' : 'idle');
    failed = false;
  });
  map.on('dataloading', () => latest.current.onState('loading'));
  followPointer(map, latest);
  return map;
}

/** Tells what lies under the pointer, and selects the place that is clicked. */
function followPointer(map: MapLibre, latest: React.RefObject<Props>): void {
  let hovered: { source: string; sourceLayer: string; id: string | number } | null = null;
  const hover = (feature: MapGeoJSONFeature | null) => {
    const source = feature && feature.source;
    const sourceLayer = feature && feature.sourceLayer;
    const next = feature && source && sourceLayer && feature.id !== undefined ? { source, sourceLayer, id: feature.id } : null;
    if (next?.id === hovered?.id && next?.source === hovered?.source) return;
    if (hovered) map.setFeatureState(hovered, { hover: false });
    if (next) map.setFeatureState(next, { hover: true });
    hovered = next;
  };
  const under = (event: MapMouseEvent) => {
    const layers = hitLayers.filter((layer) => map.getLayer(layer));
    const features = map.queryRenderedFeatures(event.point, { layers });
    const top = features.find((feature) => !feature.layer.id.startsWith('hit-')) ?? features.at(-1) ?? null;
    return { features, top };
  };
  const pointed = (event: MapMouseEvent, features: MapGeoJSONFeature[], top: MapGeoJSONFeature | null): Pointed | null => {
    if (!top) return null;
    const around = features.find((feature) => feature.properties.level === 'commune')?.properties;
    return {
      x: event.point.x,
      y: event.point.y,
      layer: top.source as SourceName,
      properties: top.properties,
      commune: around ? { code: String(around.code), name: String(around.name), kind: String(around.kind ?? '') } : null,
    };
  };

  map.on('mousemove', (event) => {
    const { features, top } = under(event);
    hover(top && ['cells', 'areas'].includes(top.source) ? top : null);
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

/** The letters of labels are drawn once and kept, so their fonts must be there before. */
async function loadLabelFonts(): Promise<void> {
  const letters = 'Đà Nẵng ưỡ abc';
  await Promise.all([500, 600].map((weight) => document.fonts.load(`${weight} 24px "Be Vietnam Pro"`, letters))).catch(() => undefined);
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

