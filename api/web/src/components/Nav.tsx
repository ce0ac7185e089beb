// Links to the other pages, with the period and place of the view.
import { useView } from '../view/location';
import { formatView, initial, pages } from '../view/view';
import { useLabels } from '../text/labels';

export function Nav() {
  const { lang, period, place, page } = useView();
  const { t, meta } = useLabels();
  // Figures of single teams are not published.
  const offered = pages.filter((name) => name !== 'teams' || !meta.public);
  const to = (target: (typeof pages)[number] | null) =>
    formatView({ ...initial, lang, period, place: target === 'data' ? null : place, page: target });
  return (
    <nav className="pages" aria-label={t('pagesLabel')}>
      {([null, ...offered] as const).map((target) => (
        <a key={target ?? 'map'} href={to(target)} aria-current={target === page ? 'page' : undefined}>
          {t(`page_${target ?? 'map'}`)}
        </a>
      ))}
    </nav>
  );
}
