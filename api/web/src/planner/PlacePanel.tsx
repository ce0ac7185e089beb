// The figures of the place, or why there are none.
import type { ReactNode } from 'react';
import { Place } from '../panels/Place';
import { useLabels } from '../text/labels';
import { go } from '../view/location';
import { formatView, initial, type View } from '../view/view';
import type { Figures } from './useFigures';

export function PlacePanel({
  view,
  figures,
  tools,
  playing,
}: {
  view: View;
  figures: Figures;
  tools: ReactNode;
  playing: boolean;
}) {
  const { t, lang } = useLabels();
  const { detail, below, failure, retry } = figures;
  if (figures.missing)
    return (
      <div className="failure" role="alert">
        <h1 id="figures" tabIndex={-1}>
          {t('errorTitlePlace')}
        </h1>
        <p>{t('errorPlace', { code: view.place })}</p>
        <button type="button" onClick={() => go({ place: null, commune: null, camera: null })}>
          {t('everything')}
        </button>
      </div>
    );
  if (figures.empty)
    return (
      <div className="failure">
        <h1 id="figures" tabIndex={-1}>
          {t('emptyTitle')}
        </h1>
        <p>{t('emptyText')}</p>
        <a href={formatView({ ...initial, lang, page: 'data' })}>{t('emptyLink')}</a>
      </div>
    );
  return <Place detail={detail} below={below} failure={failure} retry={retry} tools={tools} playing={playing} />;
}
