// The pages of tables: what they have in common above the table.
import { useEffect } from 'react';
import { Masthead } from '../components/Masthead';
import { Nav } from '../components/Nav';
import { Published, ReplacedNotice } from '../components/Published';
import { Stale } from '../components/Status';
import type { Page } from '../view/view';
import { useLabels } from '../text/labels';
import { Data } from './Data';
import { Flags } from './Flags';
import { Teams } from './Teams';
import './tables.css';

export default function TablesPage({ page, offline }: { page: Page; offline: boolean }) {
  const { t, meta } = useLabels();
  useEffect(() => {
    document.title = `${t(`page_${page}`)} · ${t('name')}`;
  }, [page, t]);
  return (
    <div className="tables-page" data-page={page}>
      <a className="skip" href="#content">
        {t('skipTable')}
      </a>
      <div className="tables-head">
        <Masthead />
        <Nav />
      </div>
      <main id="content" tabIndex={-1}>
        {meta.sample && (
          <p className="sample" data-testid="sample">
            <b>{t('sample')}.</b> <span>{t('sampleWhy')}</span>
          </p>
        )}
        <Stale offline={offline} className="stale-note" />
        <ReplacedNotice className="stale-note" />
        {page === 'teams' ? <Teams /> : page === 'flags' ? <Flags /> : <Data />}
        {page === 'flags' && <Published />}
      </main>
    </div>
  );
}
