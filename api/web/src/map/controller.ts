// A map on the page and what it shows: it takes scenes, and brings each to the front when all of
// its tiles are there.
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

// The worker is a file of this server, not a blob: nothing else needs to be allowed. It is on its
// way, as are the letters of labels, before there is a map.
setWorkerUrl(workerUrl);
prewarm();
const fonts = loadLabelFonts();

const pollMs = 40;

export interface MapInput {
  view: View;
  meta: Meta;
  badges: Badges;
  layerState: LayerState;
  /** What will probably be asked for next; null: nobody knows. */
  ahead: LayerState | null;
}

export class MapController {
  readonly map: MapLibre;
  /** Null until there is something to show. */
  #input: MapInput | null = null;
  #buffer: DoubleBuffer | null = null;
  /** Addresses that sources get once the layers are drawn. */
  #pendingTiles = new Map<string, string>();
  readonly #reloads = new Set<string>();
  /** The layers that the map has, and its sources. */
  #appliedStyle = '';
  /** Whether a change of layers waits to be drawn. */
  #styleWaits = false;
  #sources: string[] = [];
  #polling = false;
  /** Whether the map came to rest since it got an address. */
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
      fadeDuration: 0, // names that fade in cost a dozen frames for nothing said
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

  /** The scene that is seen; null while nothing is shown yet. */
  get front(): LayerState | null {
    return this.#buffer && this.#buffer.states[this.#buffer.front];
  }

  /** The layers of the front in which the features stand that are told of. */
  get dataLayers(): string[] {
    return this.#buffer ? dataLayers(this.#buffer.front).filter((layer) => this.map.getLayer(layer)) : [];
  }

  /** Shows a programme once the letters are there: they are drawn once and kept. */
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
    this.#apply(); // what is not of the scene: flags, the chosen place
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

  /** MapLibre finds what differs in the layers and changes only that. Tiles change in place, so
   * that what is drawn stays until the new ones are here: the style is given with the addresses
   * that each source has now. */
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
    // MapLibre forgets new addresses that take effect while a change of layers waits to be
    // drawn: the old tiles would stay. So they follow once it is drawn; also those that were
    // still on their way when the layers changed again.
    if (!this.#styleWaits) this.#setTiles();
    else if (changed) {
      this.map.once('render', () => {
        this.#styleWaits = false;
        this.#setTiles();
      });
      this.map.triggerRepaint();
    }
  }

  /** Gives sources their new addresses. A tile that is on its way when the address changes
   * is kept as it comes, from the old one: so it went with cells that come into sight just
   * when they get another address, for hot spots. They are given it once more when nothing
   * is on its way. */
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

  /** MapLibre says nothing when the tiles of a new address are the ones it has, by their tags:
   * it neither draws nor comes to rest. So it is looked at until all are there. */
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
