// What the maps show for a view: the map itself, the map left of the swipe line, and what will be shown next.
import { useMemo } from 'react';
import { badgesOf } from '../map/badges';
import { comparedStateOf, layerStateOf, type LayerState } from '../map/layerState';
import type { Badges } from '../map/layers';
import type { Answer, Meta } from '../server/contract';
import { publishedMonths } from '../view/calendar';
import { addMonths, monthOf, withMonth, type View } from '../view/view';

export interface MapStates {
  layerState: LayerState;
  /** The next month, loaded in advance while months play; null: not known. */
  ahead: LayerState | null;
  /** The map left of the swipe line; null: none. */
  beside: LayerState | null;
  badges: Badges;
}

const noBadges: Badges = { icons: {}, counts: {} };

export function useMapStates(
  view: View,
  meta: Meta,
  communes: Answer | null,
  count: (value: number) => string,
): MapStates {
  const month = monthOf(view.period);
  // While months play, badges that come and go would only distract.
  const badges = useMemo(
    () => (month ? noBadges : badgesOf(communes?.rows ?? [], view, count)),
    [communes, view.flags, view.measure, count, month],
  );
  const layerState = useMemo(() => layerStateOf(view, meta), [view.measure, view.by, view.period, view.earlier, meta]);
  const ahead = useMemo(() => {
    const next = month && addMonths(month, 1);
    const known = meta.public
      ? publishedMonths(meta.public.windows).includes(next ?? '')
      : next !== null && next <= meta.today.slice(0, 7);
    return next && known ? layerStateOf(view, meta, withMonth(view.period, next)) : null;
  }, [layerState, month, meta]);
  const beside = useMemo(() => comparedStateOf(view, meta), [layerState, view.beside, meta]);
  return { layerState, ahead, beside, badges };
}
