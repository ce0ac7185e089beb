// The map that planners work with: over the whole window, what to show on the left, the place on
// the right; on a phone the place is a sheet that is pulled up.
import { useEffect, useMemo, useRef, useState } from 'react';
import { badgesOf } from '../map/badges';
import { comparedStateOf, layerStateOf, type Badges, type LayerState } from '../map/layers';
import { MapView, type MapState, type Padding, type Pointed } from '../map/MapView';
import { sameTiles } from '../map/doubleBuffer';
import type { VisibleFeatures } from '../map/visibleFeatures';
import type { MapController } from '../map/controller';
import { ComparePane } from '../map/ComparePane';
import { Icon } from '../components/components';
import type { Answer, AreaDetail, Areas, Box, Meta } from '../server/contract';
import { go, useView } from '../view/location';
import { Masthead } from '../components/Masthead';
import { Nav } from '../components/Nav';
import { Controls } from '../panels/Controls';
import { Key, Legend } from '../panels/Legend';
import { Place } from '../panels/Place';
import { Pointer } from '../panels/Pointer';
import { Search } from '../panels/Search';
import { BottomSheet, type Stop } from '../panels/BottomSheet';
import { Stale } from '../components/Status';
import { urlOf, useFetch } from '../server/server';
import { addMonths, formatView, initial, monthOf, withMonth, type View } from '../view/view';
import { daysName, measureName, placeName, useLabels, wholeName, windowQuery, type Labels } from '../text/labels';
import { Download } from './Download';
import { drawPicture, save } from './picture';
import { FeatureTable } from './FeatureTable';
import { TimeSlider } from './TimeSlider';
import './planner.css';
import './panels.css';
import './print.css';

/** Below this width panels no longer fit beside the map. */
const narrowPx = 1024;

export default function Planner({ meta, offline }: { meta: Meta; offline: boolean }) {
  const view = useView();
  const labels = useLabels();
  const { t, lang, count } = labels;
  const [attempt, setAttempt] = useState(0);
  const [mapState, setMapState] = useState<MapState>('loading');
  const [pointed, setPointed] = useState<{ what: Pointed; pinned: boolean } | null>(null);
  const [settings, setSettings] = useState(false);
  const [stop, setStop] = useState<Stop>('peek');
  const [visible, setVisible] = useState<VisibleFeatures | null>(null);
  const [front, setFront] = useState<LayerState | null>(null);
  const [playing, setPlaying] = useState(false);
  const [controller, setController] = useState<MapController | null>(null);
  const [compared, setCompared] = useState<MapController | null>(null);
  const [split, setSplit] = useState(0.5);
  const narrow = useNarrow();
  const month = monthOf(view.period);

  const days = windowQuery(view, meta);
  const place = useFetch<AreaDetail>(
    view.place && urlOf(`/api/v1/areas/${encodeURIComponent(view.place)}`, days),
    meta.version,
    attempt,
  );
  const detail = view.place && place.data?.code === view.place ? place.data : null;
  const everything = urlOf('/api/v1/coverage', { by: 'area', level: 'commune', ...days });
  const below = useFetch<Answer>(
    view.place === null
      ? everything
      : detail && detail.children > 0
        ? urlOf('/api/v1/coverage', { by: 'area', parent: view.place, ...days })
        : null,
    meta.version,
    attempt,
  );
  const communes = useFetch<Answer>(everything, meta.version, attempt);
  // While months go by, signs that come and go would only be noise.
  const badges = useMemo(
    () => (month ? noBadges : badgesOf(communes.data?.rows ?? [], view, count)),
    [communes.data, view.flags, view.measure, count, month],
  );
  const layerState = useMemo(() => layerStateOf(view, meta), [view.measure, view.by, view.period, view.earlier, meta]);
  const ahead = useMemo(() => {
    const next = month && addMonths(month, 1);
    return next && next <= meta.today.slice(0, 7) ? layerStateOf(view, meta, withMonth(view.period, next)) : null;
  }, [layerState, month, meta]);
  const beside = useMemo(() => comparedStateOf(view, meta), [layerState, view.beside, meta]);
  useEffect(() => {
    if (!month) setPlaying(false);
  }, [month]);

  const units = useFetch<Areas>(
    urlOf('/api/v1/areas', { level: 'commune', boundaries: days.to, limit: 10000 }),
    meta.version,
    attempt,
  );
  const missing = view.place !== null && place.error?.status === 404;
  const box = useBox(missing ? null : view.place, detail, communes.data, units.data, meta.bounds);
  const trail = useMemo(() => (detail ? [...detail.ancestors.map((area) => area.code), detail.code] : []), [detail]);
  const here = detail ? placeName(detail, lang) : wholeName(labels);
  useEffect(() => {
    document.title = detail ? `${here} · ${t('name')}` : t('name');
  }, [detail, here, t]);
  const card = useRef(false); // whether a tap left a card that the sheet must not push away
  card.current = pointed?.pinned ?? false;
  useEffect(() => {
    if (narrow && view.place) setStop(card.current ? 'peek' : 'half');
  }, [view.place, narrow]);

  const empty =
    communes.data !== null &&
    communes.data.total.households === 0 &&
    communes.data.total.visits === 0 &&
    meta.first_visit === null;
  const takePicture =
    controller &&
    (async () => {
      const other =
        beside && compared ? { controller: compared, split, sides: sidesOf(view, layerState, beside, labels) } : null;
      save(
        await drawPicture(controller, other, here, visible, view, labels),
        `tung-nha-${view.measure.replace(':', '-')}-${days.to}.png`,
      );
    });
  const tools = (
    <>
      <Download visible={visible} detail={detail} onPicture={takePicture} />
      {mapState !== 'unsupported' && (
        <button type="button" className="quiet" aria-pressed={view.table} onClick={() => go({ table: !view.table })}>
          <Icon name={view.table ? 'map' : 'table'} />
          {t(view.table ? 'showMap' : 'showTable')}
        </button>
      )}
    </>
  );

  const panel = missing ? (
    <div className="failure" role="alert">
      <h1 id="figures" tabIndex={-1}>
        {t('errorTitlePlace')}
      </h1>
      <p>{t('errorPlace', { code: view.place })}</p>
      <button type="button" onClick={() => go({ place: null, commune: null, camera: null })}>
        {t('everything')}
      </button>
    </div>
  ) : empty ? (
    <div className="failure">
      <h1 id="figures" tabIndex={-1}>
        {t('emptyTitle')}
      </h1>
      <p>{t('emptyText')}</p>
      <a href={formatView({ ...initial, lang, page: 'data' })}>{t('emptyLink')}</a>
    </div>
  ) : (
    <Place
      detail={detail}
      below={isOf(below.of, view.place) ? below : { ...below, data: null }}
      failure={place.error ?? below.error}
      retry={() => setAttempt(attempt + 1)}
      tools={tools}
      playing={playing}
    />
  );

  return (
    <main className={`app${narrow ? ' narrow' : ''}${month ? ' timed' : ''}`} data-map={mapState}>
      <a className="skip" href="#figures">
        {t('skip')}
      </a>
      <MapView
        view={view}
        meta={meta}
        badges={badges}
        layerState={layerState}
        ahead={ahead}
        box={box}
        trail={trail}
        boxless={meta.bounds === null || [place, communes, units].some((asked) => asked.error !== null)}
        label={t('mapLabel', { measure: measureName(view.measure, labels), place: here })}
        padding={() => paddingOf(narrow, view.place !== null)}
        compared={beside && compared}
        split={split}
        onPoint={(what, how) => {
          // A finger does not hover: what it touches stays until it is closed. Areas open in
          // the sheet, which says the same and more.
          if (how === 'tap') setPointed(narrow && what && what.layer !== 'areas' ? { what, pinned: true } : null);
          else if (matchMedia('(hover: hover)').matches) setPointed(what ? { what, pinned: false } : null);
        }}
        onState={setMapState}
        onFront={(layerState) => {
          performance.mark('map');
          setFront(layerState);
        }}
        onVisible={setVisible}
        onController={setController}
      />
      {beside && controller && (
        <ComparePane
          leader={controller}
          view={view}
          meta={meta}
          layerState={beside}
          split={split}
          onSplit={setSplit}
          onController={setCompared}
          {...sidesOf(view, layerState, beside, labels)}
        />
      )}
      <div
        className={`progress${(mapState === 'loading' && !playing) || below.loading ? ' on' : ''}`}
        aria-hidden="true"
      />

      <div className="rail">
        <Masthead>
          {narrow && (
            <button
              type="button"
              className="layers"
              aria-expanded={settings}
              aria-label={t('settings')}
              onClick={() => setSettings(!settings)}>
              <Icon name={settings ? 'close' : 'layers'} />
            </button>
          )}
        </Masthead>
        {(!narrow || settings) && <Nav />}
        {meta.sample && (
          <p className="sample" data-testid="sample">
            <b>{t('sample')}.</b> <span>{t('sampleWhy')}</span>
          </p>
        )}
        <Search />
        {(!narrow || settings) && (
          <div className="settings">
            <Controls />
            <Legend visible={visible} />
          </div>
        )}
      </div>

      <Stale offline={offline} className="toast" />
      {!offline && mapState === 'partial' && (
        <p className="toast" role="status">
          {t('errorTiles')}
        </p>
      )}
      {mapState === 'unsupported' && (
        <p className="toast" role="alert">
          {t('errorMap')}
        </p>
      )}
      {pointed && !view.table && !(pointed.pinned && stop === 'full') && (
        <Pointer pointed={pointed.what} pinned={pointed.pinned} onClose={() => setPointed(null)} />
      )}
      {view.table && <FeatureTable visible={visible} />}
      {month && (
        <TimeSlider
          shown={front && sameTiles(front, layerState) ? month : null}
          playing={playing}
          onPlay={setPlaying}
        />
      )}
      {narrow && !empty && mapState !== 'unsupported' && <Key visible={visible} />}
      {narrow ? (
        <BottomSheet stop={stop} onStop={setStop}>
          {panel}
        </BottomSheet>
      ) : (
        <section className="panel" aria-label={here}>
          {panel}
        </section>
      )}
      {meta.basemap?.attribution && (
        <small className="attribution" data-testid="attribution">
          {meta.basemap.attribution}
        </small>
      )}
      <div className="zoom">
        <button type="button" aria-label={t('zoomInLabel')} onClick={() => controller?.map.zoomIn()}>
          <Icon name="plus" />
        </button>
        <button type="button" aria-label={t('zoomOutLabel')} onClick={() => controller?.map.zoomOut()}>
          <Icon name="minus" />
        </button>
      </div>
    </main>
  );
}

const noBadges: Badges = { icons: {}, counts: {} };

/** What stands on either side of the swipe, in words. */
function sidesOf(view: View, right: LayerState, left: LayerState, labels: Labels): { left: string; right: string } {
  if (view.beside === 'period') return { left: daysName(left.filter, labels), right: daysName(right.filter, labels) };
  const of = (day: string) => labels.t('boundariesOf', { days: labels.date(day) });
  return { left: of(left.filter.boundaries ?? left.filter.to), right: of(right.filter.to) };
}

/** The box of the place, the same object for as long as it is the same box: the map flies there
 * when it changes, not when the figures do. */
function useBox(...of: Parameters<typeof boxOf>): Box | null {
  const box = boxOf(...of);
  const key = box?.join();
  return useMemo(() => box, [key]);
}

/** The box to look at: of the place, or of all communes where somebody lives. An empty
 * archipelago far out belongs to its province, but would make all else too small to see. */
function boxOf(
  place: string | null,
  detail: AreaDetail | null,
  communes: Answer | null,
  units: Areas | null,
  all: Box | null,
): Box | null {
  if (place && (!detail || detail.child_level !== 'commune')) return detail?.bbox ?? null;
  if (!communes || !units) return null;
  const lived = new Set(communes.rows.filter((row) => row.households !== 0).map((row) => row.key));
  const boxes = units.areas.flatMap((area) =>
    area.bbox && lived.has(area.code) && (place === null || area.parent === place) ? [area.bbox] : [],
  );
  if (boxes.length === 0) return detail?.bbox ?? all;
  return boxes.reduce((a, b) => [
    Math.min(a[0], b[0]),
    Math.min(a[1], b[1]),
    Math.max(a[2], b[2]),
    Math.max(a[3], b[3]),
  ]);
}

/** Whether an answer is of the place: figures of another must not stand under its name. */
function isOf(url: string | null, place: string | null): boolean {
  return url !== null && new URLSearchParams(url.split('?')[1]).get('parent') === place;
}

function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(window.innerWidth < narrowPx);
  useEffect(() => {
    const listen = () => setNarrow(window.innerWidth < narrowPx);
    window.addEventListener('resize', listen);
    return () => window.removeEventListener('resize', listen);
  }, []);
  return narrow;
}

/** How much of the window the panels cover, so that a place is shown beside them. */
function paddingOf(narrow: boolean, sheetPulled: boolean): Padding {
  const gap = 24;
  const boxOfPanel = (name: string) => document.querySelector(name)?.getBoundingClientRect();
  if (!narrow) {
    return {
      top: gap,
      bottom: gap,
      left: (boxOfPanel('.rail')?.right ?? 0) + gap,
      right: (boxOfPanel('.panel')?.width ?? 0) + 2 * gap,
    };
  }
  const top = (boxOfPanel('.search')?.bottom ?? 0) + gap;
  // The sheet may still be on its way up: what counts is where it will be.
  // Without it, the colours are told above the sheet, and above the months.
  const below = (name: string) => (boxOfPanel(name)?.height ?? -10) + 10;
  const sheet = sheetPulled
    ? window.innerHeight * 0.54
    : window.innerWidth < 640
      ? 236 + below('.key') + below('.timeline')
      : 236;
  return { top, bottom: sheet + gap, left: gap, right: gap };
}
