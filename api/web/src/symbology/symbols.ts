// The shapes of flags, households and textures: drawn once here, shown alike on the map, in
// the legend and in lists. Shapes differ, so that colours are not needed to distinguish them.
import type { FlagKind } from '../view/view';

export interface Symbol {
  /** Filled with the colour, within a box of 24 by 24. */
  body: string;
  /** Laid over the body in white. */
  mark: string;
  colour: string;
}

export const flagSymbols: Record<FlagKind, Symbol> = {
  // nobody works here: an octagon, crossed through
  no_team: {
    colour: '#b3271e',
    body: 'M8 2h8l6 6v8l-6 6H8l-6-6V8z',
    mark: 'M7.600 5.800l10.600 10.600-1.900 1.900L5.700 7.700z',
  },
  // nobody came: a triangle with a bar and a dot
  unvisited: {
    colour: '#8f1d5c',
    body: 'M12 1.500 23.200 21.500H.800z',
    mark: 'M10.700 8.500h2.600v6.500h-2.600zM10.700 16.600h2.600v2.600h-2.600z',
  },
  // hardly anybody came: a diamond of which a small part is filled
  barely_visited: { colour: '#8a4b00', body: 'M12 1 23 12 12 23 1 12z', mark: 'M12 4.600 19.400 12H4.600z' },
  // few can do it: an arrow down
  low_uptake: {
    colour: '#5a2a86',
    body: 'M7.500 2h9v9.500H23L12 22.500 1 11.500h6.500z',
    mark: 'M10.800 5h2.400v9h-2.400z',
  },
  // less than half reached: a disc, its upper half empty
  low_coverage: {
    colour: '#3b4a66',
    body: 'M12 1.500a10.500 10.500 0 1 1 0 21 10.500 10.500 0 0 1 0-21z',
    mark: 'M4.800 12a7.200 7.200 0 0 1 14.400 0z',
  },
  // nobody came for long: an hourglass
  stale: {
    colour: '#4d5358',
    body: 'M3 1.500h18v4L15 12l6 6.500v4H3v-4L9 12 3 5.500z',
    mark: 'M7 4.200h10v1L12 10.500 7 5.200z',
  },
  // the register does not agree: a square with a not-equal sign
  registry_gap: {
    colour: '#1f5b57',
    body: 'M2 2h20v20H2z',
    mark: 'M5.500 8h13v2.400h-13zM5.500 13.600h13V16h-13zM14.500 4.500l2.200.900L9.500 19.500l-2.200-.9z',
  },
};

export const householdStates = ['reached', 'revisit_due', 'contacted', 'attempted', 'unvisited'] as const;
export type HouseholdState = (typeof householdStates)[number];

export const householdSymbols: Record<HouseholdState, Symbol> = {
  reached: { colour: '#185286', body: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16z', mark: '' },
  revisit_due: {
    colour: '#a06a12',
    body: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16z',
    mark: 'M12 7.500a4.500 4.500 0 1 1 0 9z',
  },
  contacted: { colour: '#2d8a80', body: 'M12 2.500 21.500 12 12 21.500 2.500 12z', mark: '' },
  attempted: { colour: '#6b6f76', body: 'M4.500 4.500h15v15h-15z', mark: 'M9 9h6v6H9z' },
  unvisited: { colour: '#8f1d5c', body: 'M12 3 21.500 20h-19z', mark: 'M12 9.500 16 17H8z' },
};

export type Texture = 'no_data' | 'too_few' | 'suppressed' | 'no_team' | 'never';

export const textureSize = 12;

/** The strokes of a texture within a tile of 12 by 12, and their background (null: transparent). */
export const textures: Record<Texture, { strokes: string; width: number; ink: string; ground: string | null }> = {
  // thin lines leaning right
  no_data: { strokes: 'M-2 8 8-2M-2 14 14-2M4 14 14 4', width: 1, ink: '#b9b1a2', ground: '#f1eee7' },
  // a sparse grid of dots
  too_few: { strokes: 'M3 3h.01M9 9h.01', width: 2.2, ink: '#8d8779', ground: '#f1eee7' },
  // small crosses
  suppressed: { strokes: 'M4 6h4M6 4v4', width: 1.2, ink: '#a59e8d', ground: '#e9e4d9' },
  // crossed lines on the darkest ground
  never: { strokes: 'M0 6h12M6 0v12', width: 1.1, ink: '#e6c092', ground: '#3d1020' },
  // bold lines leaning left, over the colour
  no_team: { strokes: 'M-2 4 8 14M-2-8 14 8M4-2 14 8', width: 1.7, ink: '#b3271e', ground: null },
};

/** Draws a symbol with a white rim into pixels for the map, at the given scale. */
export function drawSymbol(symbol: Symbol, size: number, ratio: number): ImageData {
  const { canvas, context } = newCanvas(size * ratio);
  const scale = ((size - 4) * ratio) / 24;
  context.translate(2 * ratio, 2 * ratio);
  context.scale(scale, scale);
  const body = new Path2D(symbol.body);
  context.lineJoin = 'round';
  context.lineWidth = (4 * ratio) / scale;
  context.strokeStyle = '#fff';
  context.stroke(body);
  context.fillStyle = symbol.colour;
  context.fill(body);
  if (symbol.mark) {
    context.fillStyle = '#fff';
    context.fill(new Path2D(symbol.mark));
  }
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** Draws a texture that repeats without a seam. */
export function drawTexture(texture: Texture, ratio: number): ImageData {
  const { strokes, width, ink, ground } = textures[texture];
  const { canvas, context } = newCanvas(textureSize * ratio);
  context.scale(ratio, ratio);
  if (ground) {
    context.fillStyle = ground;
    context.fillRect(0, 0, textureSize, textureSize);
  }
  context.lineWidth = width;
  context.lineCap = 'round';
  context.strokeStyle = ink;
  context.stroke(new Path2D(strokes));
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function newCanvas(pixels: number): { canvas: HTMLCanvasElement; context: CanvasRenderingContext2D } {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.round(pixels);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('this browser has no 2D canvas');
  return { canvas, context };
}
