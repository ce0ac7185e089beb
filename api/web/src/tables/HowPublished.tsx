// How figures are published: of which day, in which windows, how counts are rounded, and why.
import { useEffect, useRef } from 'react';
import { isMonth, isQuarter, periodOfWindow, type PublishedWindow } from '../view/calendar';
import { useView } from '../view/location';
import { formatView, initial } from '../view/view';
import { releaseText, useLabels, windowName } from '../text/labels';

const paragraphs = [
  'publishedDays',
  'publishedWindows',
  'publishedCounts',
  'publishedSums',
  'publishedPlaces',
  'publishedOperator',
];

export function HowPublished() {
  const { lang } = useView();
  const labels = useLabels();
  const { t, meta } = labels;
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    // the section is drawn after the browser looked for it
    if (window.location.hash === '#published') root.current?.scrollIntoView({ block: 'start' });
  }, []);
  const windows = meta.public?.windows ?? [];
  const groups: [name: string, windows: PublishedWindow[]][] = [
    ['windowsToRelease', windows.filter((window) => !isMonth(window) && !isQuarter(window))],
    ['windowsOfMonths', windows.filter(isMonth)],
    ['windowsOfQuarters', windows.filter(isQuarter)],
  ];
  return (
    <section className="paper" id="published" ref={root} aria-labelledby="published-title" data-testid="how-published">
      <h2 id="published-title">{t('publishedTitle')}</h2>
      <p className="stand">{releaseText('publishedOn', labels)}</p>
      {paragraphs.map((key) => (
        <p key={key} className="prose">
          {releaseText(key, labels)}
        </p>
      ))}
      <dl className="calendar-of-windows">
        {groups
          .filter(([, shown]) => shown.length > 0)
          .map(([name, shown]) => (
            <div key={name}>
              <dt>{t(name)}</dt>
              <dd>
                {shown.map((window) => (
                  <a key={window.key} href={formatView({ ...initial, lang, period: periodOfWindow(window) })}>
                    {windowName(window, labels)}
                  </a>
                ))}
              </dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
