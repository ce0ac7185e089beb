// The feature under the pointer or tapped: its name, its figures, its flags.
import { useEffect, useState, type ReactNode } from 'react';
import { Bar, FlagIcon, Icon } from '../components/components';
import { lastVisitOf, NotShown } from '../components/Shown';
import type { AreaDetail, Row } from '../server/contract';
import { useView } from '../view/location';
import type { Pointed } from '../map/MapView';
import { overlays } from '../map/overlays';
import { measures } from '../text/measures.gen';
import { colourOf, spotClasses } from '../symbology/scale';
import { urlOf, useFetch } from '../server/server';
import { flagKinds, skillOf, type Measure } from '../view/view';
import {
  countOrSuppressed,
  daysName,
  kindOf,
  measureName,
  partOfHouseholds,
  placeName,
  pointsText,
  rateMeasure,
  rateOf,
  shownOfAssessed,
  skillName,
  tooFew,
  useLabels,
} from '../text/labels';

/** How long the pointer must not move before intervals are requested from the server. */
const restMs = 250;

export function Pointer({ pointed, pinned, onClose }: { pointed: Pointed; pinned: boolean; onClose: () => void }) {
  const view = useView();
  const labels = useLabels();
  const { t, lang, meta } = labels;
  const { from, to, boundaries } = pointed.filter;
  const overlay = overlays.find(({ name }) => name === pointed.layer);
  const Details = overlay?.Details;
  const isArea = pointed.layer !== 'cells' && !Details;
  const code = isArea ? String(pointed.properties.code) : null;
  const rested = useRested(code);
  const url = rested && urlOf(`/api/v1/areas/${encodeURIComponent(rested)}`, { from, to, boundaries });
  const { data, of } = useFetch<AreaDetail>(url, meta.version);
  const answer = data && of === url && rested === code ? data.record : null;
  const row =
    answer ??
    rowOf(
      pointed.properties,
      meta.skills.map((skill) => skill.key),
    );
  const around = pointed.commune && pointed.commune.code !== code ? placeName(pointed.commune, lang) : null;
  const title = isArea
    ? placeName({ name: String(pointed.properties.name), kind: String(pointed.properties.kind ?? '') }, lang)
    : t(overlay?.title ?? 'cell');

  return (
    <aside
      className={`pointer${pinned ? ' pinned' : ''}`}
      style={pinned ? undefined : beside(pointed)}
      aria-live={pinned ? 'polite' : 'off'}
      data-testid="pointer"
      data-row={answer ? 'server' : 'tile'}>
      <h3>
        {title}
        {around && <small>{around}</small>}
      </h3>
      {view.beside && (
        <p className="muted" data-testid="pointed-days">
          {boundaries ? t('boundariesOf', { days: labels.date(boundaries) }) : daysName(pointed.filter, labels)}
        </p>
      )}
      {pinned && (
        <button type="button" className="close" aria-label={t('close')} onClick={onClose}>
          <Icon name="close" />
        </button>
      )}
      {Details ? <Details properties={pointed.properties} /> : <Summary row={row} properties={pointed.properties} />}
    </aside>
  );
}

function Summary({ row, properties }: { row: Row; properties: Record<string, unknown> }) {
  const { measure } = useView();
  const labels = useLabels();
  const { t, percent, lang, meta } = labels;
  const skill = skillOf(measure);
  const rate = rateOf(row, measure);
  const few = tooFew(row, measure);
  const uptake = skill ? row.uptake[skill] : undefined;
  const kinds = flagKinds.filter((kind) => row.flags.some((flag) => kindOf(flag) === kind));
  const last = lastVisitOf(row.last_visit, labels);
  return (
    <>
      <Lead measure={measure} row={row} properties={properties} />
      <p className="lead">
        <b>{rateText(rate)}</b> {measureName(rateMeasure(measure), labels)}
      </p>
      <Bar
        rate={rate}
        colour={rate === null ? '' : few ? 'var(--few)' : colourOf(rate, rateMeasure(measure))}
        low={uptake?.low}
        high={uptake?.high}
      />
      {uptake && uptake.assessed !== 0 && (
        <p>
          {shownOfAssessed(uptake, labels)}
          {few && <> · {t('tooFew').toLocaleLowerCase()}</>}
          {!few && uptake.low !== null && uptake.high !== null && (
            <>
              <br />
              {t('interval', { low: percent(uptake.low), high: percent(uptake.high) })}
            </>
          )}
        </p>
      )}
      <p>{partOfHouseholds(row, 'reached', labels)}</p>
      {row.households !== null && <p>{partOfHouseholds(row, 'attempted', labels)}</p>}
      {measures
        .filter(({ pointer }) => pointer)
        .map(({ key, label, part }) => (
          <p key={key}>
            {label[lang]}: {part ? rateText(row[key] ?? null) : countOrSuppressed(row[key] ?? null, labels)}
          </p>
        ))}
      <p className="muted">
        {t('lastVisit')}: {last.at}
        {last.ago && ` (${last.ago})`}
      </p>
      {kinds.length > 0 && (
        <ul className="signs-list">
          {kinds.map((kind) => (
            <li key={kind}>
              <FlagIcon kind={kind} />
              <span>
                {t(`flag_${kind}`)}
                {kind === 'low_uptake' && <small> {lowSkills(row)}</small>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );

  function rateText(value: number | null): ReactNode {
    if (value !== null) return percent(value);
    return meta.public ? <NotShown /> : t('noData');
  }

  function lowSkills(of: Row): string {
    return of.flags
      .filter((flag) => kindOf(flag) === 'low_uptake')
      .map((flag) => skillName(flag.split(':')[1]!, labels))
      .join('; ');
  }
}

/** The figure of a measure that is not a rate. */
function Lead({ measure, row, properties }: { measure: Measure; row: Row; properties: Record<string, unknown> }) {
  const labels = useLabels();
  const { t, count } = labels;
  const said = (figure: string, of: string) => (
    <p className="lead">
      <b>{figure}</b> {of}
    </p>
  );
  switch (measure) {
    case 'change': {
      const change = properties.coverage_change;
      return said(typeof change === 'number' ? pointsText(change, labels) : t('noData'), t('change'));
    }
    case 'days': {
      const days = properties.days_since_visit;
      return said(
        typeof days === 'number' ? t('daysAgo', { count: days, replace: { count: count(days) } }) : t('never'),
        t('days'),
      );
    }
    case 'households':
      return said(countOrSuppressed(row.households, labels), measureName(measure, labels));
    case 'spots': {
      const spot = spotClasses.find((name) => name === properties.hotspot);
      return <p className="lead">{spot ? t('spotIs', { class: t(`spot_${spot}`) }) : t('noSpots')}</p>;
    }
    default:
      return null;
  }
}

/** A tile's properties as a row. Tiles leave out what is hidden and carry no intervals; their
 * rates are rounded, so rates are made from the counts again. */
export function rowOf(properties: Record<string, unknown>, skills: readonly string[]): Row {
  const number = (name: string) => (typeof properties[name] === 'number' ? properties[name] : null);
  const text = (name: string) => (typeof properties[name] === 'string' ? properties[name] : '');
  const rate = (part: string, whole: string) => {
    const [a, b] = [number(part), number(whole)];
    return a === null || !b ? null : a / b;
  };
  return {
    key: text('code') || text('h3'),
    name: text('name'),
    kind: text('kind'),
    ...(Object.fromEntries(
      measures
        .map(({ key, part, whole, optional }) => ({ key, optional, value: part ? rate(part, whole) : number(key) }))
        .filter(({ optional, value }) => !optional || value !== null)
        .map(({ key, value }) => [key, value]),
    ) as Pick<Row, (typeof measures)[number]['key']>),
    visits: (number('visits') ?? (properties.suppressed === true ? null : 0)) as Row['visits'],
    last_visit: text('last_visit') || null,
    uptake: Object.fromEntries(
      skills.map((key) => [
        key,
        {
          assessed: number(`assessed_${key}`),
          shown: number(`shown_${key}`),
          rate: rate(`shown_${key}`, `assessed_${key}`),
          low: null,
          high: null,
        },
      ]),
    ),
    flags: text('flags') ? text('flags').split(';') : [],
    suppressed: properties.suppressed === true ? ['some'] : [],
  };
}

/** Beside the pointer, on the side with room. */
function beside({ x, y }: Pointed): React.CSSProperties {
  const style: React.CSSProperties = {};
  if (x > window.innerWidth / 2) style.right = window.innerWidth - x + 16;
  else style.left = x + 16;
  if (y > window.innerHeight / 2) style.bottom = window.innerHeight - y + 16;
  else style.top = y + 16;
  return style;
}

function useRested(code: string | null): string | null {
  const [rested, setRested] = useState<string | null>(null);
  useEffect(() => {
    const timer = window.setTimeout(() => setRested(code), restMs);
    return () => window.clearTimeout(timer);
  }, [code]);
  return rested === code ? rested : null;
}
