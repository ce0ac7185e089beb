// The figures of the chosen place and of what is below it, and the box that the map shows for it.
import { useMemo, useState } from 'react';
import type { Answer, AreaDetail, Areas, Box, Meta } from '../server/contract';
import { urlOf, useFetch, type Fetched, type ServerError } from '../server/server';
import { boundariesDay, windowQuery } from '../text/labels';
import type { View } from '../view/view';

export interface Figures {
  /** The place; null: all of the programme, or not known yet. */
  detail: AreaDetail | null;
  /** The areas directly below the place. */
  below: Fetched<Answer>;
  communes: Answer | null;
  failure: ServerError | null;
  retry: () => void;
  /** The place in the address does not exist. */
  missing: boolean;
  /** Nothing has been imported yet. */
  empty: boolean;
  box: Box | null;
  /** No box will come: the map shows everything. */
  boxless: boolean;
  /** Codes of the place and of all areas above it. */
  trail: readonly string[];
}

export function useFigures(view: View, meta: Meta): Figures {
  const [attempt, setAttempt] = useState(0);
  const fetched = <T>(url: string | null) => useFetch<T>(url, meta.version, attempt);
  const days = windowQuery(view, meta);
  const place = fetched<AreaDetail>(view.place && urlOf(`/api/v1/areas/${encodeURIComponent(view.place)}`, days));
  const detail = view.place && place.data?.code === view.place ? place.data : null;
  const everything = urlOf('/api/v1/coverage', { by: 'area', level: 'commune', ...days });
  const children = () =>
    detail && detail.children > 0 ? urlOf('/api/v1/coverage', { by: 'area', parent: view.place, ...days }) : null;
  const below = fetched<Answer>(view.place === null ? everything : children());
  const communes = fetched<Answer>(everything);
  const units = fetched<Areas>(
    urlOf('/api/v1/areas', { level: 'commune', boundaries: boundariesDay(days.to, meta), limit: 10000 }),
  );
  const missing = view.place !== null && place.error?.status === 404;
  const total = communes.data?.total;
  return {
    detail,
    below: isOf(below.of, view.place) ? below : { ...below, data: null },
    communes: communes.data,
    failure: place.error ?? below.error,
    retry: () => setAttempt(attempt + 1),
    missing,
    empty: total !== undefined && !total.households && !total.visits && meta.first_visit === null,
    box: useBox(missing ? null : view.place, detail, communes.data, units.data, meta.bounds),
    boxless: meta.bounds === null || [place, communes, units].some(({ error }) => error !== null),
    trail: useMemo(() => (detail ? [...detail.ancestors.map((area) => area.code), detail.code] : []), [detail]),
  };
}

/** Whether an answer is about the place: figures of another must not be shown under its name. */
function isOf(url: string | null, place: string | null): boolean {
  return url !== null && new URLSearchParams(url.split('?')[1]).get('parent') === place;
}

/** The box of the place, the same object while the numbers are the same: the map moves when the box changes, not
 * when the figures do. */
function useBox(...of: Parameters<typeof boxOf>): Box | null {
  const box = boxOf(...of);
  const key = box?.join();
  return useMemo(() => box, [key]);
}

/** The box to show: of the place, or of all communes with households. An archipelago without households belongs
 * to its province, but would make everything else too small to see. */
function boxOf(
  place: string | null,
  detail: AreaDetail | null,
  communes: Answer | null,
  units: Areas | null,
  all: Box | null,
): Box | null {
  if (place && (!detail || detail.child_level !== 'commune')) return detail?.bbox ?? null;
  if (!communes || !units) return null;
  const lived = new Set(communes.rows.filter((row) => row.households !== 0).map((row) => row.key));
  const boxes = units.areas.flatMap((area) =>
    area.bbox && lived.has(area.code) && (place === null || area.parent === place) ? [area.bbox] : [],
  );
  if (boxes.length === 0) return detail?.bbox ?? all;
  return boxes.reduce((a, b) => [
    Math.min(a[0], b[0]),
    Math.min(a[1], b[1]),
    Math.max(a[2], b[2]),
    Math.max(a[3], b[3]),
  ]);
}
