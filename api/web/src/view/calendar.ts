// What the public may request: the windows of a release, and the view that is nearest to one that is not published.
import { daysOf, earlierDays, quarterOf, monthOf, type Days, type Earlier, type Period, type View } from './view';

/** A window of a release: all, 90d, a month 2026-10 or a quarter 2026-Q3. */
export interface PublishedWindow extends Days {
  key: string;
}

/** The period in the address that a window is. */
export function periodOfWindow({ key }: PublishedWindow): Period {
  return (key === 'all' ? 'ever' : key) as Period;
}

/** The windows of a kind, the latest first. */
export const isMonth = (window: PublishedWindow) => monthOf(periodOfWindow(window)) !== null;
export const isQuarter = (window: PublishedWindow) => quarterOf(periodOfWindow(window)) !== null;

/** The window with exactly these days. */
export function windowOf(days: Days, windows: readonly PublishedWindow[]): PublishedWindow | undefined {
  return windows.find(({ from, to }) => from === days.from && to === days.to);
}

/** The months that are published, the earliest first. */
export function publishedMonths(windows: readonly PublishedWindow[]): string[] {
  return windows
    .filter(isMonth)
    .map(({ key }) => key)
    .reverse();
}

/** The window whose two ends are the fewest days from those of another; of several the first. What has no beginning
 * begins where the calendar does. */
export function nearestWindow(days: Days, windows: readonly PublishedWindow[]): PublishedWindow {
  const exact = windowOf(days, windows);
  if (exact) return exact;
  const first = windows.reduce((least, { from }) => (from !== null && from < least ? from : least), windows[0]!.to);
  const apart = ({ from, to }: Days) =>
    Math.abs(dayNumber(from ?? first) - dayNumber(days.from ?? first)) + Math.abs(dayNumber(to) - dayNumber(days.to));
  return windows.reduce((best, window) => (apart(window) < apart(best) ? window : best));
}

/** Whether a period can be compared with the earlier one: both are published. */
export function isComparable(
  period: Period,
  earlier: Earlier,
  today: string,
  windows: readonly PublishedWindow[],
): boolean {
  return windowOf(earlierDays(earlier, period, today), windows) !== undefined;
}

/** The view that the public sees in place of one that is not published; the same object where all of it is. */
export function publishedView(view: View, today: string, windows: readonly PublishedWindow[]): View {
  const period = periodOfWindow(nearestWindow(daysOf(view.period, today), windows));
  const earlier = typeof view.earlier === 'string' ? view.earlier : 'before';
  const comparable = isComparable(period, earlier, today, windows);
  // Of the latest visit only the month is published.
  const measure = view.measure === 'days' || (view.measure === 'change' && !comparable) ? 'coverage' : view.measure;
  // A change beside an earlier change would need a third period.
  const beside = view.beside === 'period' && comparable && measure !== 'change' ? view.beside : null;
  const same = period === view.period && earlier === view.earlier && measure === view.measure && beside === view.beside;
  return same ? view : { ...view, period, earlier, measure, beside };
}

function dayNumber(day: string): number {
  return Date.parse(day) / 86_400_000;
}
