// The operator's basemap: streets and water below the colours, their names above.
import type { LayerSpecification as Layer, SourceSpecification as Source, StyleSpecification } from 'maplibre-gl';
import type { Meta } from '../server/contract';

export interface Basemap {
  sources: Record<string, Source>;
  under: Layer[];
  over: Layer[];
}

/** By version of the data: another basemap makes another version. */
const loaded = new Map<string, Basemap>();

/** Fetches the layers of the basemap, if there is one, before the map is drawn. */
export async function loadBasemap(meta: Meta): Promise<void> {
  if (!meta.basemap || loaded.has(meta.version)) return;
  const answer = await fetch('/basemap/style.json');
  if (!answer.ok) return; // a map without streets is still a map
  const { sources, layers } = (await answer.json()) as StyleSpecification;
  const drawn = layers.filter((layer) => layer.type !== 'background');
  loaded.set(meta.version, {
    sources,
    under: drawn.filter((layer) => layer.type !== 'symbol'),
    over: drawn.filter((layer) => layer.type === 'symbol'),
  });
  // The previous version is kept: it is drawn until the page uses the new one.
  for (const version of loaded.keys()) if (loaded.size > 2) loaded.delete(version);
}

export function basemapOf(meta: Meta): Basemap | null {
  return loaded.get(meta.version) ?? null;
}
