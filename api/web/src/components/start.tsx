// What all pages share: the language and the server's /api/v1/meta. Each page is an entry of its own with all its
// files named in its HTML, so that a list does not wait for the map and no script waits for another to request it.
import { type ReactNode, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { useTranslation } from 'react-i18next';
import type { Meta } from '../server/contract';
import { publishedView } from '../view/calendar';
import { replaceView, useView } from '../view/location';
import { daysOf } from '../view/view';
import { Failure, Waiting } from './Status';
import { Mark } from './components';
import { pollServer, retryMeta, useMeta, useMetaError } from '../server/server';
import { startText } from '../text';
import { MetaContext } from '../text/labels';
import './fonts.css';
import './page.css';

/** Draws a page from the server's meta and whether the server can be reached. */
type Draw = (meta: Meta, offline: boolean) => ReactNode;

/** How long a page waits for the server before it shows that it is waiting. */
const firstWaitMs = 300;

/** Starts a page. What prepare fetches is there before the page is drawn. */
export async function start(draw: Draw, prepare?: (meta: Meta) => Promise<void>): Promise<void> {
  const answered = pollServer(prepare);
  await startText();
  await Promise.race([answered, new Promise((resolve) => window.setTimeout(resolve, firstWaitMs))]);
  const root = document.getElementById('app');
  if (root) createRoot(root).render(<Page draw={draw} />);
}

function Page({ draw }: { draw: Draw }) {
  const meta = useMeta();
  const error = useMetaError();
  const view = useView();
  const { lang } = view;
  const { t, i18n } = useTranslation();
  // Nothing is requested that is not published: the address is corrected first.
  const published = meta?.public ? publishedView(view, meta.today, meta.public.windows) : view;

  useEffect(() => {
    document.documentElement.lang = lang;
    void i18n.changeLanguage(lang);
  }, [lang, i18n]);

  useEffect(() => {
    if (meta && published !== view)
      replaceView(published, { days: published.period === view.period ? null : daysOf(view.period, meta.today) });
  }, [meta, published, view]);

  if (published !== view) return null;
  if (meta) return <MetaContext value={meta}>{draw(meta, error !== null)}</MetaContext>;
  return (
    <main className="starting">
      <Mark />
      <h1>{t('name')}</h1>
      {error ? <Failure error={error} retry={retryMeta} /> : <Waiting />}
    </main>
  );
}
