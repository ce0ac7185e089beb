// Where files are dropped.
import { useEffect, useRef, useState } from 'react';
import type { ImportsFound, ImportStatus } from '../server/contract';
import { Icon } from '../components/components';
import { ServerError } from '../server/server';
import { useLabels, type Labels } from '../text/labels';
import { upload } from './upload';

const kinds = ['areas', 'hamlets', 'households', 'teams', 'visits'] as const;

export function Intake({
  found,
  busy,
  onSent,
}: {
  found: ImportsFound;
  busy: boolean;
  onSent: (sent: ImportStatus) => void;
}) {
  const labels = useLabels();
  const { t, count, percent } = labels;
  const [over, setOver] = useState(false);
  const [sending, setSending] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [kind, setKind] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const ready = found.enabled && !busy && sending === null;

  const send = async (files: readonly File[]) => {
    if (files.length === 0) return;
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    if (files.length > found.max_files) return setProblem(t('tooManyFiles', { count: count(found.max_files) }));
    if (bytes > found.max_bytes) return setProblem(t('tooLarge', { size: sizeText(found.max_bytes, labels) }));
    setProblem(null);
    setSending(0);
    try {
      onSent(await upload(files, kind, (sent, total) => setSending(total > 0 ? sent / total : 0)));
    } catch (error) {
      const { status, message } = error as ServerError;
      setProblem(
        status === 409
          ? t('importBusy')
          : status === 403
            ? t('importsOff')
            : status === 413
              ? t('tooLarge', { size: sizeText(found.max_bytes, labels) })
              : status === 0
                ? t('errorOffline')
                : message,
      );
    }
    setSending(null);
  };
  const latest = useRef(send);
  latest.current = send;

  // A file that misses the field is taken too; else the browser would leave the page for it.
  useEffect(() => {
    const drag = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = ready ? 'copy' : 'none';
      setOver(ready);
    };
    const leave = (event: DragEvent) => {
      if (!event.relatedTarget) setOver(false);
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      if (ready) void latest.current([...(event.dataTransfer?.files ?? [])]);
    };
    document.addEventListener('dragover', drag);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('dragover', drag);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
    };
  }, [ready]);

  if (!found.enabled) {
    return (
      <div className="drop off" data-testid="drop">
        <p>
          <b>{t('importsOff')}</b>
        </p>
        <p>{t('importsOffWhy')}</p>
        <p>
          <code>tungnha import households.csv visits.csv</code>
        </p>
      </div>
    );
  }
  return (
    <>
      <div className={`drop${over ? ' over' : ''}`} data-testid="drop">
        <Icon name="upload" />
        <p>
          <b>{t('dropHere')}</b>
        </p>
        <p className="muted">
          {t('dropWhy', { size: sizeText(found.max_bytes, labels), count: count(found.max_files) })}
        </p>
        <div className="facets">
          <button type="button" className="main" disabled={!ready} onClick={() => input.current?.click()}>
            {t('chooseFiles')}
          </button>
          <input
            ref={input}
            type="file"
            multiple
            hidden
            accept=".csv,.txt,.tsv,.json,.geojson,.geojsonl"
            data-testid="files"
            onChange={(event) => {
              void send([...(event.target.files ?? [])]);
              event.target.value = '';
            }}
          />
          <label className="choice">
            <span>{t('kindOfFiles')}</span>
            <select value={kind} onChange={(event) => setKind(event.target.value)}>
              <option value="">{t('kindByColumns')}</option>
              {kinds.map((name) => (
                <option key={name} value={name}>
                  {t(`kind_${name}`)}
                </option>
              ))}
            </select>
          </label>
        </div>
        {sending !== null && (
          <>
            <p role="status">{t('sending', { share: percent(sending, 0) })}</p>
            <progress aria-label={t('sendingLabel')} max={1} value={sending} />
          </>
        )}
      </div>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <details className="columns">
        <summary>{t('whichColumns')}</summary>
        <dl>
          {columns.map(([name, fields]) => (
            <div key={name}>
              <dt>
                {t(`kind_${name.split('.')[0]}`)} <small>{name}</small>
              </dt>
              <dd>
                <code>{fields}</code>
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </>
  );
}

const columns = [
  ['areas.geojson', 'code, name, name_en, kind, level, parent, valid_from, valid_to, declared_households, population'],
  ['hamlets.csv', 'code, name, kind, parent, declared_households'],
  ['households.csv', 'household_id, lon, lat, hamlet_code, registered_on, removed_on'],
  ['teams.csv', 'team_id, name, commune_code, hamlet_codes, members, formed_on, dissolved_on'],
  ['visits.csv', 'visit_id, household_id, team_id, visited_at, outcome, assessed, shown'],
] as const;

/** 2147483648 → 2 GB, as people call it. */
export function sizeText(bytes: number, { lang }: Pick<Labels, 'lang'>): string {
  const step = bytes >= 1 << 30 ? 30 : bytes > 1000 * 1024 ? 20 : 10;
  const unit = { 30: 'GB', 20: 'MB', 10: 'KB' }[step];
  return `${(bytes / 2 ** step).toLocaleString(lang === 'vi' ? 'vi-VN' : 'en-GB', { maximumFractionDigits: 1 })}\u00a0${unit}`;
}
