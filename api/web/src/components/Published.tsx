// What the public sees: of which day figures are, by which rule they are shown, and the windows to choose from.
import { isMonth, isQuarter, nearestWindow, periodOfWindow, type PublishedWindow } from '../view/calendar';
import { go, replaceView, useReplaced, useView } from '../view/location';
import { daysOf, formatView, initial, monthOf, quarterOf, type Period } from '../view/view';
import { Icon, Segments } from './components';
import { daysName, periodName, releaseText, useLabels, windowName } from '../text/labels';

/** One calm line below figures, with a link to the explanation. Nothing where figures are exact. */
export function Published({ className = '' }: { className?: string }) {
  const { lang } = useView();
  const labels = useLabels();
  if (!labels.meta.public) return null;
  return (
    <p className={`published ${className}`} data-testid="published">
      {releaseText('publishedOn', labels)} {releaseText('publishedRule', labels)}{' '}
      <a href={`${formatView({ ...initial, lang, page: 'data' })}#published`}>{labels.t('publishedHow')}</a>
    </p>
  );
}

/** That the address named something that is not published. */
export function ReplacedNotice({ className = '' }: { className?: string }) {
  const replaced = useReplaced();
  const view = useView();
  const labels = useLabels();
  if (!replaced || !labels.meta.public) return null;
  const shown = periodName(view.period, labels);
  return (
    <p className={`replaced ${className}`} role="status" data-testid="replaced">
      {replaced.days
        ? labels.t('replacedDays', { asked: daysName(replaced.days, labels), shown })
        : labels.t('replacedOther', { shown })}
      <button type="button" aria-label={labels.t('close')} onClick={() => replaceView(view, null)}>
        <Icon name="close" />
      </button>
    </p>
  );
}

/** The choice of a window of the calendar; only: of those of which it is true. */
export function WindowChoice({ label, only }: { label: string; only?: (window: PublishedWindow) => boolean }) {
  const { period } = useView();
  const labels = useLabels();
  const { t, meta } = labels;
  const windows = meta.public?.windows ?? [];
  const groups: [name: string, of: (window: PublishedWindow) => boolean][] = [
    ['windowsToRelease', (window) => !isMonth(window) && !isQuarter(window)],
    ['windowsOfMonths', isMonth],
    ['windowsOfQuarters', isQuarter],
  ];
  const options = (shown: readonly PublishedWindow[]) =>
    shown.map((window) => (
      <option key={window.key} value={String(periodOfWindow(window))}>
        {windowName(window, labels)}
      </option>
    ));
  return (
    <select
      aria-label={label}
      value={String(period)}
      onChange={(event) => go({ period: event.target.value as Period })}>
      {only
        ? options(windows.filter(only))
        : groups.map(([name, of]) => (
            <optgroup key={name} label={t(name)}>
              {options(windows.filter(of))}
            </optgroup>
          ))}
    </select>
  );
}

/** The choice of a window by its kind, and of months and quarters which. */
export function WindowSegments() {
  const { period } = useView();
  const labels = useLabels();
  const { t, meta } = labels;
  const windows = meta.public?.windows ?? [];
  const kinds = { ever: null, '90d': null, month: isMonth, quarter: isQuarter } as const;
  const kind = monthOf(period) ? 'month' : quarterOf(period) ? 'quarter' : period === 'ever' ? 'ever' : '90d';
  const latest = (of: keyof typeof kinds) => windows.find((window) => kinds[of]?.(window));
  const offered = (Object.keys(kinds) as (keyof typeof kinds)[]).filter((of) => kinds[of] === null || latest(of));
  const only = kinds[kind];
  return (
    <Segments
      legend={t('period')}
      name="period"
      value={kind}
      options={offered.map((value) => ({ value, text: t(`kind_${value}`) }))}
      onChange={(of) => go({ period: kinds[of] ? periodOfWindow(latest(of)!) : (of as Period) })}>
      {only ? (
        <WindowChoice label={t('windowPublished')} only={only} />
      ) : (
        <p className="hint">{windowName(nearestWindow(daysOf(period, meta.today), windows), labels)}</p>
      )}
    </Segments>
  );
}
