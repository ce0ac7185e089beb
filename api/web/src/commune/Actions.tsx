// Actions of the commune page: print, download as Excel, share the link.
import { useState } from 'react';
import { useView } from '../view/location';
import { Icon } from '../components/components';
import { urlOf } from '../server/server';
import { useLabels, windowQuery } from '../text/labels';

export function Actions({ title, code, offline }: { title: string; code: string; offline: boolean }) {
  const view = useView();
  const { t, meta } = useLabels();
  const [said, setSaid] = useState('');
  const share = async () => {
    const url = window.location.href;
    try {
      if (navigator.share) return await navigator.share({ title, url });
      await navigator.clipboard.writeText(url);
      setSaid(t('chairCopied'));
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return; // thought better of it
      setSaid(url); // to be copied by hand
    }
    window.setTimeout(() => setSaid(''), 4000);
  };
  const file = urlOf('/api/v1/exports/areas.xlsx', { level: 'hamlet', parent: code, ...windowQuery(view, meta) });
  return (
    <div className="page-actions" role="group" aria-label={t('chairActions')}>
      <button type="button" onClick={() => window.print()}>
        <Icon name="print" />
        {t('chairPrint')}
      </button>
      {offline ? (
        <span className="without">
          <Icon name="download" />
          {t('chairExcel')}
          <span className="hidden"> ({t('chairNeedsNetwork')})</span>
        </span>
      ) : (
        <a href={file} download>
          <Icon name="download" />
          {t('chairExcel')}
        </a>
      )}
      <button type="button" onClick={() => void share()}>
        <Icon name="link" />
        {t('chairShare')}
      </button>
      <p className="said" role="status">
        {said}
      </p>
    </div>
  );
}
