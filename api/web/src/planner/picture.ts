// The map as a picture with title, days and legend.
import { classesOf, texturesOf } from '../map/legend';
import type { VisibleFeatures } from '../map/visibleFeatures';
import type { MapController } from '../map/controller';
import { drawTexture } from '../symbology/symbols';
import type { View } from '../view/view';
import { date } from '../text/format';
import { measureName, measureUnit, periodName, releaseText, type Labels } from '../text/labels';

const ink = '#1c2540';
const muted = '#565f73';
const paper = '#fbf8f1';
const footPx = 132;

/** The map left of the swipe line, and the titles of both sides. */
interface Beside {
  controller: MapController;
  split: number;
  sides: { left: string; right: string };
}

/** Draws the map, and left of split the one beside it, over a foot with title and legend. */
export async function drawPicture(
  controller: MapController,
  beside: Beside | null,
  place: string,
  visible: VisibleFeatures | null,
  view: View,
  labels: Labels,
): Promise<Blob> {
  const [map, other] = await Promise.all([controller.picture(), beside?.controller.picture()]);
  const ratio = map.width / controller.map.getContainer().clientWidth;
  const canvas = document.createElement('canvas');
  canvas.width = map.width;
  canvas.height = map.height + footPx * ratio;
  const context = canvas.getContext('2d')!;
  context.fillStyle = paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(map, 0, 0);
  if (other && beside) {
    const width = Math.round(map.width * beside.split);
    context.drawImage(other, 0, 0, width, other.height, 0, 0, width, map.height);
    context.fillStyle = ink;
    context.fillRect(width - ratio, 0, 2 * ratio, map.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawSides(context, width / ratio, beside.sides);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, map.height);
  drawFoot(context, canvas.width / ratio, ratio, place, visible, view, labels);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture could not be made'))), 'image/png'),
  );
}

function drawSides(context: CanvasRenderingContext2D, x: number, { left, right }: Beside['sides']): void {
  context.font = '500 14px "Be Vietnam Pro", sans-serif';
  for (const [text, align, at] of [
    [left, 'right', x - 14],
    [right, 'left', x + 14],
  ] as const) {
    context.textAlign = align;
    context.lineWidth = 5;
    context.lineJoin = 'round';
    context.strokeStyle = paper;
    context.strokeText(text, at, 28);
    context.fillStyle = ink;
    context.fillText(text, at, 28);
  }
  context.textAlign = 'left';
}

function drawFoot(
  context: CanvasRenderingContext2D,
  width: number,
  ratio: number,
  place: string,
  visible: VisibleFeatures | null,
  view: View,
  labels: Labels,
): void {
  const { t, meta, lang, count } = labels;
  const text = (content: string, x: number, y: number, font: string, colour = ink, most = width - x - 20) => {
    context.font = `${font} "Be Vietnam Pro", sans-serif`;
    context.fillStyle = colour;
    context.fillText(content, x, y, most);
  };
  text(`${measureName(view.measure, labels)} · ${place}`, 20, 30, '600 19px');
  text(`${periodName(view.period, labels)} · ${measureUnit(view, labels)}`, 20, 50, '400 13px', muted);
  const by = view.measure === 'spots' ? 'cells' : view.by;
  const subject = visible?.subject ?? { kind: 'communes' as const };
  const classes = classesOf(view.measure, subject, visible, labels);
  const step = Math.min(150, (width - 40) / classes.length);
  classes.forEach((one, index) => {
    const x = 20 + index * step;
    context.fillStyle = one.colour;
    context.fillRect(x, 62, step, 12);
    text(one.text + (one.count === null ? '' : `: ${count(one.count)}`), x + 1, 88, '400 11px', ink, step - 6);
  });
  let x = 20;
  for (const { texture, text: name, count: number } of texturesOf(view.measure, by, visible, labels)) {
    const pattern = document.createElement('canvas');
    const image = drawTexture(texture, ratio);
    pattern.width = image.width;
    pattern.height = image.height;
    pattern.getContext('2d')!.putImageData(image, 0, 0);
    const fill = context.createPattern(pattern, 'repeat')!;
    fill.setTransform(new DOMMatrix().scale(1 / ratio));
    context.fillStyle = fill;
    context.fillRect(x, 97, 22, 12);
    const said = name + (number === null ? '' : `: ${count(number)}`);
    text(said, x + 28, 107, '400 11px');
    x += 46 + context.measureText(said).width;
  }
  const made = t('pictureOf', {
    days: periodName(view.period, labels),
    today: date(meta.today, lang),
    version: meta.version,
  });
  const whose = meta.basemap?.attribution ? ` · ${meta.basemap.attribution}` : '';
  const released = meta.public
    ? ` · ${releaseText('publishedOn', labels)} ${releaseText('publishedRule', labels)}`
    : '';
  text(
    `${t('name')} · ${meta.sample ? `${t('sample')} · ` : ''}${made}${whose}${released}`,
    20,
    125,
    '400 11px',
    muted,
  );
}

/** Downloads a blob as a file. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
