// Placeholders while figures are loading, and messages when they cannot be loaded.
import { useTranslation } from 'react-i18next';
import { moment } from '../text/format';
import { useView } from '../view/location';
import { useMetaAsOf, type ServerError } from '../server/server';

export function Waiting() {
  const { t } = useTranslation();
  return (
    <div className="waiting" role="status" aria-label={t('loading')}>
      <span />
      <span />
      <span />
    </div>
  );
}

/** A banner that the figures may be old, and how old: the server or its database does not answer. */
export function Stale({ offline, className }: { offline: boolean; className: string }) {
  const { t } = useTranslation();
  const { lang } = useView();
  const asOf = useMetaAsOf();
  if (!offline && !asOf) return null;
  return (
    <p className={className} role="status" data-testid="stale">
      {offline ? t('errorOffline') : t('errorStale', { time: moment(asOf!, lang) })}
    </p>
  );
}

export function Failure({ error, retry, note }: { error: ServerError; retry?: () => void; note?: string | undefined }) {
  const { t } = useTranslation();
  const text =
    note ?? (error.status === 0 ? t('errorNoAnswer') : error.status === 503 ? t('errorStarting') : error.message);
  return (
    <div className="failure" role="alert">
      <h2>{t(error.status === 503 ? 'startingTitle' : 'errorTitle')}</h2>
      <p>{text}</p>
      {retry && (
        <button type="button" onClick={retry}>
          {t('retry')}
        </button>
      )}
    </div>
  );
}
