// What the map shows at one moment: the measure, the kind of places that are coloured, and the filter of the data.
import type { Meta } from '../server/contract';
import { daysOf, earlierDays, type By, type Measure, type View } from '../view/view';

/** The days, boundaries and earlier period that the data are filtered by. */
export interface DataFilter {
  from: string | null;
  to: string;
  /** The day whose boundaries are used; null: the last day of the period. */
  boundaries: string | null;
  /** The period that coverage is compared with; null: none. */
  earlier: { from: string | null; to: string } | null;
  /** Whether cells carry the class of hot and cold spots. */
  spots: boolean;
}

/** What is coloured, and by which measure. */
export interface LayerState {
  filter: DataFilter;
  by: By;
  measure: Measure;
}

export function layerStateOf(view: View, meta: Meta, period = view.period): LayerState {
  const filter: DataFilter = {
    ...daysOf(period, meta.today),
    boundaries: null,
    earlier: view.measure === 'change' ? earlierDays(view.earlier, period, meta.today) : null,
    spots: view.measure === 'spots',
  };
  return { filter, by: view.measure === 'spots' ? 'cells' : view.by, measure: view.measure };
}

/** The state of the map left of the swipe line; null: there is no second map. */
export function comparedStateOf(view: View, meta: Meta): LayerState | null {
  if (!view.beside) return null;
  const layerState = layerStateOf(view, meta);
  if (view.beside !== 'period')
    return { ...layerState, filter: { ...layerState.filter, boundaries: view.beside.boundaries } };
  const { from, to } = earlierDays(view.earlier, view.period, meta.today);
  // The left map shows the change before the earlier period: compared with itself nothing would ever change.
  const before =
    layerState.filter.earlier &&
    earlierDays(typeof view.earlier === 'string' ? view.earlier : 'before', from ? { from, to } : 'ever', to);
  return { ...layerState, filter: { ...layerState.filter, from, to, earlier: before } };
}
