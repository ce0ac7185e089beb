// The hamlets of a commune as SVG paths made by the server: a phone fetches no map library for them, and they print.
export interface Sketch {
  width: number;
  height: number;
  /** The outline of the commune as the data of an SVG path; empty where it has none. */
  ground: string;
  shapes: { code: string; name: string; path: string; at: [number, number] }[];
}

export interface Label {
  code: string;
  text: string;
  at: [number, number];
}

/** How much room a label takes, in the units of the sketch. */
const letterWidth = 17;
const lineHeight = 30;

/** Tổ dân phố 12 → 12, Thôn Phú Sơn → Phú Sơn: the part of the name that differs from its neighbours. */
export function shortName(name: string): string {
  return name.replace(/^(tổ dân phố|khu dân cư|khu phố|khối phố|thôn|khóm|ấp|bản|làng|xóm|buôn)\s+/i, '');
}

/** The names that have room. first are the codes whose names matter most: of two that overlap the later is left out. */
export function labelsOf({ width, shapes }: Pick<Sketch, 'width' | 'shapes'>, first: readonly string[]): Label[] {
  const rank = new Map(first.map((code, index) => [code, index]));
  const rankOf = (code: string) => rank.get(code) ?? first.length;
  const taken: { left: number; right: number; top: number; bottom: number }[] = [];
  const labels: Label[] = [];
  for (const { code, name, at } of [...shapes].sort((a, b) => rankOf(a.code) - rankOf(b.code))) {
    const text = shortName(name);
    const [x, y] = at;
    const half = (text.length * letterWidth) / 2;
    const box = { left: x - half, right: x + half, top: y - lineHeight / 2, bottom: y + lineHeight / 2 };
    const free =
      box.left >= 0 &&
      box.right <= width &&
      taken.every(
        (other) =>
          box.left >= other.right || other.left >= box.right || box.top >= other.bottom || other.top >= box.bottom,
      );
    if (!free) continue;
    taken.push(box);
    labels.push({ code, text, at });
  }
  return labels;
}
