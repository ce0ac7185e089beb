// The header of every page: the mark, the name, the link to the other language.
import type { ReactNode } from 'react';
import { go, useView } from '../view/location';
import { Mark } from './components';
import { useLabels } from '../text/labels';

export function Masthead({ children }: { children?: ReactNode }) {
  const { lang } = useView();
  const { t } = useLabels();
  return (
    <header className="masthead">
      <Mark />
      <div className="brand">
        <strong>{t('name')}</strong>
        <small>{t('motto')}</small>
      </div>
      <button
        type="button"
        className="language"
        lang={lang === 'vi' ? 'en' : 'vi'}
        aria-label={t('languageLabel')}
        onClick={() => go({ lang: lang === 'vi' ? 'en' : 'vi' })}>
        {t('language')}
      </button>
      {children}
    </header>
  );
}
