// Downloads: the picture of the map, and the places that it shows as files.
import { useEffect, useRef, useState } from 'react';
import { Icon } from '../components/components';
import type { AreaDetail } from '../server/contract';
import { useView } from '../view/location';
import type { VisibleFeatures } from '../map/visibleFeatures';
import { urlOf } from '../server/server';
import { useLabels, windowQuery } from '../text/labels';

const formats = ['xlsx', 'csv', 'geojson'] as const;

export function Download({
  visible,
  detail,
  onPicture,
}: {
  visible: VisibleFeatures | null;
  detail: AreaDetail | null;
  onPicture: (() => Promise<void>) | null;
}) {
  const view = useView();
  const { t, meta } = useLabels();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const leave = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', leave);
    document.addEventListener('focusin', leave);
    return () => {
      document.removeEventListener('pointerdown', leave);
      document.removeEventListener('focusin', leave);
    };
  }, [open]);

  const window = { ...windowQuery(view, meta), parent: view.place };
  const subject = visible?.subject;
  const level = subject?.kind === 'hamlets' ? 'hamlet' : (detail?.child_level ?? 'commune');
  const layers: { key: string; layer: string; query: Record<string, string | number | null> }[] = [
    subject?.kind === 'cells'
      ? {
          key: 'cells',
          layer: 'cells',
          query: { resolution: subject.resolution, hotspots: view.measure === 'spots' ? 'true' : null },
        }
      : { key: `areas_${level}`, layer: 'areas', query: { level } },
    { key: 'flags', layer: 'flags', query: { kind: view.list } },
    ...(meta.public ? [] : [{ key: 'teams', layer: 'teams', query: {} }]),
  ];
  // A hamlet has no areas below it.
  const offered = layers.filter(({ layer }) => layer !== 'areas' || !detail || detail.children > 0);
  return (
    <div
      className="download"
      ref={root}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setOpen(false);
      }}>
      <button type="button" className="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="download" />
        {t('download')}
      </button>
      {open && (
        <ul className="choices" data-testid="downloads">
          {onPicture && (
            <li>
              <button
                type="button"
                disabled={busy}
                onClick={() => {
                  setBusy(true);
                  void onPicture().finally(() => {
                    setBusy(false);
                    setOpen(false);
                  });
                }}>
                {t('picture')}
              </button>
            </li>
          )}
          {offered.map(({ key, layer, query }) => (
            <li key={key}>
              <span>{t(`export_${key}`)}</span>
              <span className="formats">
                {formats
                  .filter((format) => meta.formats.includes(format) && (layer !== 'teams' || format !== 'geojson'))
                  .map((format) => (
                    <a
                      key={format}
                      download
                      href={urlOf(`/api/v1/exports/${layer}.${format}`, { ...query, ...window })}
                      aria-label={`${t(`export_${key}`)}: ${format.toUpperCase()}`}>
                      {format === 'geojson' ? 'GeoJSON' : format.toUpperCase()}
                    </a>
                  ))}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
