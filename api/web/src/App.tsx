// What all pages have in common: the language, and the server's word on what there is to show.
import { lazy, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { currentView, useView } from './location';
import { Failure, Waiting } from './panels/Status';
import { Mark } from './parts';
import { retryMeta, useMeta, useMetaError } from './server';
import { MetaContext } from './words';

/** Each page is loaded when it is opened: who only wants a list does not wait for the map. The one
 * that the address asks for is on its way while the server is asked what there is to show. */
const pages = { planner: () => import('./planner/Planner'), commune: () => import('./commune/Commune'), desk: () => import('./desk/Desk') };
const Planner = lazy(pages.planner);
const Commune = lazy(pages.commune);
const Desk = lazy(pages.desk);
void pages[currentView().page ? 'desk' : currentView().commune === null ? 'planner' : 'commune'](); // a module is fetched once

export function App() {
  const meta = useMeta();
  const error = useMetaError();
  const { lang, commune, page } = useView();
  const { t, i18n } = useTranslation();

  useEffect(() => {
    document.documentElement.lang = lang;
    void i18n.changeLanguage(lang);
  }, [lang, i18n]);

  const starting = (
    <main className="starting">
      <Mark />
      <h1>{t('name')}</h1>
      {error ? <Failure error={error} retry={retryMeta} /> : <Waiting />}
    </main>
  );
  if (!meta) return starting;
  return (
    <MetaContext value={meta}>
      <Suspense fallback={starting}>
        {page ? <Desk page={page} offline={error !== null} /> : commune === null
          ? <Planner meta={meta} offline={error !== null} />
          : <Commune key={commune} meta={meta} code={commune} offline={error !== null} />}
      </Suspense>
    </MetaContext>
  );
}
