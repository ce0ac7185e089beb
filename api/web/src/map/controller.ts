// One MapLibre map. It receives the state to show and swaps its double buffer when all tiles of that state are loaded.
import { Map as MapLibre, prewarm, setWorkerUrl, type MapOptions, type VectorTileSource } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { Meta } from '../server/contract';
import { drawSymbol, drawTexture, textures, type Texture } from '../symbology/symbols';
import type { View } from '../view/view';
import { type LayerState } from './layerState';
import { kindOfSource, sourceId, sourceOfState, styleOf, dataLayers, type Badges } from './layers';
import { nextBuffer, type DoubleBuffer } from './doubleBuffer';
import { overlays } from './overlays';

// The worker is a file of this server, not a blob, so the content security policy allows workers of this origin
// only. The worker and the fonts of the names are requested before there is a map.
setWorkerUrl(workerUrl);
prewarm();
const fonts = loadLabelFonts();

const pollMs = 40;

export interface MapInput {
  view: View;
  meta: Meta;
  badges: Badges;
  layerState: LayerState;
  /** The state that will probably be shown next, loaded in advance; null: not known. */
  ahead: LayerState | null;
}

export class MapController {
  readonly map: MapLibre;
  /** What to show; null until the first call of show. */
  #input: MapInput | null = null;
  #buffer: DoubleBuffer | null = null;
  /** Tile URLs that sources get once the style is drawn, by source. */
  #pendingTiles = new Map<string, string>();
  readonly #reloads = new Set<string>();
  /** The layers and sources that the map has, as JSON. */
  #appliedStyle = '';
  /** Whether a change of the style is not drawn yet. */
  #styleWaits = false;
  #sources: string[] = [];
  #polling = false;
  /** Whether the map was idle since a source got new tile URLs. */
  #idleSinceTiles = false;
  #swapScheduled = false;
  #removed = false;

  constructor(
    container: HTMLElement,
    options: Partial<MapOptions>,
    private readonly onFront: (layerState: LayerState) => void,
  ) {
    this.map = new MapLibre({
      container,
      style: { version: 8, sources: {}, layers: [] },
      minZoom: 3,
      maxZoom: 18,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      rollEnabled: false,
      renderWorldCopies: false,
      fadeDuration: 0, // names that fade in cost a dozen frames and carry no information
      ...options,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    addImages(this.map);
    const settle = () => this.#scheduleSwap();
    this.map.on('sourcedata', (event) => {
      if (event.isSourceLoaded) settle();
    });
    this.map.on('idle', () => {
      this.#idleSinceTiles = true;
      settle();
    });
  }

  /** The state of the front buffer; null while nothing is shown yet. */
  get front(): LayerState | null {
    return this.#buffer && this.#buffer.states[this.#buffer.front];
  }

  /** Style layers of the front buffer that have the coloured features. */
  get dataLayers(): string[] {
    return this.#buffer ? dataLayers(this.#buffer.front).filter((layer) => this.map.getLayer(layer)) : [];
  }

  /** Shows a state once the fonts are loaded: MapLibre draws each letter once and keeps it. */
  async show(input: MapInput): Promise<void> {
    this.#input = input;
    await fonts;
    if (!this.map.style?._loaded) await this.map.once('style.load');
    if (this.#removed || this.#input !== input) return;
    if (!this.#buffer) {
      this.#buffer = { front: 0, states: [input.layerState, null], swapPending: false };
      this.map.once('idle', () => this.front && this.onFront(this.front));
    }
    this.#swapWhenReady();
    this.#apply(); // what does not depend on the buffer: flags, the chosen place
  }

  /** A copy of what is drawn. */
  picture(): Promise<HTMLCanvasElement> {
    return new Promise((resolve) => {
      this.map.once('render', () => {
        const drawn = this.map.getCanvas();
        const copy = document.createElement('canvas');
        copy.width = drawn.width;
        copy.height = drawn.height;
        copy.getContext('2d')!.drawImage(drawn, 0, 0);
        resolve(copy);
      });
      this.map.triggerRepaint();
    });
  }

  remove(): void {
    this.#removed = true;
    this.map.remove();
  }

  #scheduleSwap(): void {
    if (this.#swapScheduled) return;
    this.#swapScheduled = true;
    queueMicrotask(() => {
      this.#swapScheduled = false;
      if (!this.#removed && this.map.style?._loaded) this.#swapWhenReady();
    });
  }

  #swapWhenReady(): void {
    if (!this.#input || !this.#buffer) return;
    const { layerState, ahead } = this.#input;
    for (;;) {
      const next = nextBuffer(this.#buffer, layerState, ahead, (slot) => this.#isReady(slot));
      if (next === this.#buffer) return;
      const before = this.front;
      this.#buffer = next;
      this.#apply();
      if (this.front && this.front !== before) this.onFront(this.front);
    }
  }

  #isReady(slot: 0 | 1): boolean {
    const layerState = this.#buffer?.states[slot];
    if (!layerState) return false;
    const id = sourceId(sourceOfState(layerState), slot);
    return (
      !this.#pendingTiles.has(id) &&
      !this.#reloads.has(id) &&
      this.map.getSource(id) !== undefined &&
      this.map.isSourceLoaded(id)
    );
  }

  /** Applies the style; MapLibre changes only the difference. The style is given with the tile URLs that each
   * source has now, and the new URLs follow by setTiles, so that the drawn tiles stay until the new ones are loaded. */
  #apply(): void {
    if (!this.#input || !this.#buffer) return;
    const { view, meta, badges } = this.#input;
    const style = styleOf(view, meta, badges, this.#buffer);
    const styled = JSON.stringify([style.layers, Object.keys(style.sources)]);
    const changed = styled !== this.#appliedStyle;
    for (const [id, wanted] of Object.entries(style.sources)) {
      const source = this.map.getSource<VectorTileSource>(id);
      const drawn = source?.serialize().tiles;
      if (!source || !drawn || wanted.type !== 'vector' || !wanted.tiles) continue;
      if (drawn[0] !== wanted.tiles[0] || (changed && !source.loaded())) this.#pendingTiles.set(id, wanted.tiles[0]!);
      else this.#pendingTiles.delete(id);
      wanted.tiles = drawn;
    }
    if (changed) {
      this.#appliedStyle = styled;
      this.#sources = Object.keys(style.sources);
      this.#styleWaits = true;
      this.map.setStyle(style, { diff: true, validate: false });
    }
    // MapLibre loses new URLs that are set while a change of layers is not drawn yet: the old tiles would stay. So
    // they are set after the next frame, also those of sources that were still loading when the layers changed.
    if (!this.#styleWaits) this.#setTiles();
    else if (changed) {
      this.map.once('render', () => {
        this.#styleWaits = false;
        this.#setTiles();
      });
      this.map.triggerRepaint();
    }
  }

  /** Gives sources their new URLs. MapLibre keeps a tile that is loading when the URL changes, although it comes
   * from the old URL (seen with cells that enter the window when hot spots are switched on). Those sources get
   * the URL once more when nothing is loading. */
  #setTiles = (): void => {
    if (this.#removed || this.#pendingTiles.size === 0) return;
    for (const [id, address] of this.#pendingTiles) {
      const source = this.map.getSource<VectorTileSource>(id);
      if (source && kindOfSource(id) === 'cells' && !this.map.isSourceLoaded(id)) this.#reloads.add(id);
      source?.setTiles([address]);
    }
    this.#pendingTiles.clear();
    if (this.#reloads.size > 0) this.map.once('idle', this.#reloadTiles);
    this.#pollUntilLoaded();
  };

  #reloadTiles = (): void => {
    if (this.#removed) return;
    for (const id of this.#reloads) {
      const source = this.map.getSource<VectorTileSource>(id);
      const address = source?.serialize().tiles;
      if (source && address) source.setTiles(address);
    }
    this.#reloads.clear();
    this.#pollUntilLoaded();
  };

  /** MapLibre sends no event when the tiles of a new URL are those that it has, by their ETag: it neither draws nor
   * becomes idle. So loading is polled until all sources are loaded. */
  #pollUntilLoaded(): void {
    this.#idleSinceTiles = false;
    if (this.#polling) return;
    this.#polling = true;
    const look = () => {
      if (this.#removed) return;
      const there = this.#sources.every((id) => this.map.isSourceLoaded(id));
      if (!there) return void window.setTimeout(look, pollMs);
      this.#polling = false;
      if (!this.#idleSinceTiles) this.map.triggerRepaint();
    };
    window.setTimeout(look, pollMs);
  }
}

function addImages(map: MapLibre): void {
  const ratio = Math.min(3, Math.ceil(window.devicePixelRatio || 1)) + 1;
  for (const { name, symbol, size } of overlays.flatMap(({ images }) => images)) {
    map.addImage(name, drawSymbol(symbol, size, ratio), { pixelRatio: ratio });
  }
  for (const name of Object.keys(textures) as Texture[]) {
    map.addImage(name, drawTexture(name, ratio), { pixelRatio: ratio });
  }
}

async function loadLabelFonts(): Promise<void> {
  const letters = 'Đà Nẵng ưỡ abc';
  await Promise.all([500, 600].map((weight) => document.fonts.load(`${weight} 24px "Be Vietnam Pro"`, letters))).catch(
    () => undefined,
  );
}
